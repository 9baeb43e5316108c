#include "theater/base/random.h"

#include "theater/base/check.h"

#include <sys/random.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace theater {

uint64_t Random::next_u64() {
  uint64_t value = 0;
  fill({reinterpret_cast<uint8_t*>(&value), sizeof value});
  return value;
}

uint64_t Random::below(uint64_t bound) {
  THEATER_CHECK(bound > 0);
  // Values past the largest multiple of `bound` are drawn again, so that all results are as likely.
  const uint64_t limit = UINT64_MAX - UINT64_MAX % bound;
  uint64_t value = next_u64();
  while (value >= limit)
    value = next_u64();
  return value % bound;
}

void OsRandom::fill(std::span<uint8_t> out) {
  while (!out.empty()) {
    ssize_t got = getrandom(out.data(), out.size(), 0);
    if (got < 0) {
      THEATER_CHECK(errno == EINTR, "getrandom: {}", std::strerror(errno));
      continue;
    }
    out = out.subspan(static_cast<size_t>(got));
  }
}

void SeededRandom::fill(std::span<uint8_t> out) {
  while (!out.empty()) {
    uint64_t value = engine_();
    size_t count = std::min(out.size(), sizeof value);
    std::memcpy(out.data(), &value, count);
    out = out.subspan(count);
  }
}

}  // namespace theater
