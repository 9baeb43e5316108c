#include "theater/base/crc32c.h"

#include <array>
#include <cstddef>
#include <cstring>

#if defined(__x86_64__)
#include <nmmintrin.h>
#endif

namespace theater {

namespace {

constexpr size_t kStep = 8;
// The polynomial 0x1edc6f41, its bits reversed.
constexpr uint32_t kPolynomial = 0x82f63b78;

using Tables = std::array<std::array<uint32_t, 256>, kStep>;

// Table 0 is the effect of one byte; table n that of one byte with n zero bytes after it.
constexpr Tables make_tables() {
  Tables tables{};
  for (uint32_t byte = 0; byte < 256; ++byte) {
    uint32_t crc = byte;
    for (int bit = 0; bit < 8; ++bit)
      crc = (crc >> 1) ^ ((crc & 1) != 0 ? kPolynomial : 0);
    tables[0][byte] = crc;
  }
  for (size_t n = 1; n < kStep; ++n) {
    for (size_t byte = 0; byte < 256; ++byte) {
      uint32_t before = tables[n - 1][byte];
      tables[n][byte] = (before >> 8) ^ tables[0][before & 0xff];
    }
  }
  return tables;
}

constexpr Tables kTables = make_tables();

#if defined(__x86_64__)

__attribute__((target("sse4.2"))) uint32_t crc32c_by_instruction(ByteView data, uint32_t seed) {
  uint64_t crc = ~seed;
  for (; data.size() >= kStep; data = data.subspan(kStep)) {
    uint64_t word = 0;
    std::memcpy(&word, data.data(), kStep);
    crc = _mm_crc32_u64(crc, word);
  }
  auto rest = static_cast<uint32_t>(crc);
  for (uint8_t byte : data)
    rest = _mm_crc32_u8(rest, byte);
  return ~rest;
}

#endif

}  // namespace

uint32_t crc32c_by_table(ByteView data, uint32_t seed) {
  uint32_t crc = ~seed;
  for (; data.size() >= kStep; data = data.subspan(kStep)) {
    uint32_t next = 0;
    for (size_t i = 0; i < kStep; ++i) {
      uint8_t byte = data[i];
      if (i < sizeof crc) byte ^= static_cast<uint8_t>(crc >> (8 * i));
      next ^= kTables[kStep - 1 - i][byte];
    }
    crc = next;
  }
  for (uint8_t byte : data)
    crc = (crc >> 8) ^ kTables[0][(crc ^ byte) & 0xff];
  return ~crc;
}

uint32_t crc32c(ByteView data, uint32_t seed) {
#if defined(__x86_64__)
  static const bool has_instruction = __builtin_cpu_supports("sse4.2") != 0;
  if (has_instruction) return crc32c_by_instruction(data, seed);
#endif
  return crc32c_by_table(data, seed);
}

}  // namespace theater
