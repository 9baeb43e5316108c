#include "theater/base/crc32c.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <numeric>

namespace theater::crc32c_test {

void expect_both(ByteView data, uint32_t expected) {
  EXPECT_EQ(crc32c(data), expected);
  EXPECT_EQ(crc32c_by_table(data), expected);
}

// RFC 3720 appendix B.4, and the check value of the usual catalogues.
TEST(Crc32c, MatchesThePublishedVectors) {
  Bytes rising(32);
  std::iota(rising.begin(), rising.end(), uint8_t{0});
  Bytes falling(rising.rbegin(), rising.rend());
  expect_both(Bytes(32, 0x00), 0x8a9136aa);
  expect_both(Bytes(32, 0xff), 0x62a8ab43);
  expect_both(rising, 0x46dd794e);
  expect_both(falling, 0x113fdb5c);
  expect_both(as_bytes("123456789"), 0xe3069283);
  expect_both({}, 0);
}

TEST(Crc32c, ChangesWithEachBit) {
  Bytes data(61, 0x5a);
  uint32_t whole = crc32c(data);
  for (size_t bit = 0; bit < data.size() * 8; ++bit) {
    data[bit / 8] ^= static_cast<uint8_t>(1U << (bit % 8));
    EXPECT_NE(crc32c(data), whole) << bit;
    data[bit / 8] ^= static_cast<uint8_t>(1U << (bit % 8));
  }
}

RC_GTEST_PROP(Crc32c, IsTheSameWithAndWithoutTheInstruction, (const Bytes& data, uint32_t seed)) {
  RC_ASSERT(crc32c(data, seed) == crc32c_by_table(data, seed));
}

RC_GTEST_PROP(Crc32c, GoesOnFromASeed, (const Bytes& a, const Bytes& b)) {
  Bytes both = a;
  append(both, b);
  RC_ASSERT(crc32c(b, crc32c(a)) == crc32c(both));
  RC_ASSERT(crc32c_by_table(b, crc32c_by_table(a)) == crc32c_by_table(both));
}

}  // namespace theater::crc32c_test
