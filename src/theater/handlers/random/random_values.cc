#include "theater/handlers/random/random_values.h"

#include "theater/base/hex.h"

#include <array>
#include <cmath>

namespace theater {

double random_float(Random& random) {
  constexpr int kMantissaBits = 53;
  return std::ldexp(static_cast<double>(random.next_u64() >> (64 - kMantissaBits)), -kMantissaBits);
}

std::string random_uuid(Random& random) {
  std::array<uint8_t, 16> bytes{};
  random.fill(bytes);
  bytes[6] = static_cast<uint8_t>((bytes[6] & 0x0f) | 0x40);  // The version.
  bytes[8] = static_cast<uint8_t>((bytes[8] & 0x3f) | 0x80);  // The variant.
  std::string text = to_hex(bytes);
  for (size_t at : {20, 16, 12, 8})
    text.insert(at, "-");
  return text;
}

}  // namespace theater
