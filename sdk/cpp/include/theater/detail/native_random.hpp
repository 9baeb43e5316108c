// random.hpp in a unit test.
#pragma once

#include "theater/detail/native_host.hpp"

#include <cmath>

namespace theater {

inline Result<std::string> random_bytes(uint32_t length) {
  std::string bytes;
  for (uint32_t i = 0; i < length; ++i)
    bytes.push_back(static_cast<char>(testing::Host::current().random() & 0xff));
  return bytes;
}

inline Result<uint64_t> random_range(uint64_t min, uint64_t max) {
  if (min >= max) {
    return fail("Invalid range: min (" + std::to_string(min) + ") >= max (" + std::to_string(max) +
                ")");
  }
  return std::uniform_int_distribution<uint64_t>(min, max - 1)(testing::Host::current().random);
}

inline Result<double> random_float() {
  return std::ldexp(static_cast<double>(testing::Host::current().random() >> 11), -53);
}

inline Result<std::string> generate_uuid() {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string uuid = "00000000-0000-4000-8000-000000000000";
  for (size_t i = 0; i < uuid.size(); ++i) {
    uint64_t drawn = testing::Host::current().random();
    if (uuid[i] == '0') uuid[i] = digits[drawn & 15];
    if (uuid[i] == '8') uuid[i] = digits[8 + (drawn & 3)];
  }
  return uuid;
}

}  // namespace theater
