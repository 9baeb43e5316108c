#include "theater/wit/leb.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

namespace theater::wit::leb_test {

using ::testing::HasSubstr;

Bytes unsigned_of(uint64_t value) {
  Bytes out;
  append_u(out, value);
  return out;
}

Bytes signed_of(int64_t value) {
  Bytes out;
  append_s(out, value);
  return out;
}

TEST(Leb, WritesUnsignedNumbersInSevenBitGroups) {
  EXPECT_EQ(unsigned_of(0), (Bytes{0x00}));
  EXPECT_EQ(unsigned_of(127), (Bytes{0x7f}));
  EXPECT_EQ(unsigned_of(128), (Bytes{0x80, 0x01}));
  EXPECT_EQ(unsigned_of(624485), (Bytes{0xe5, 0x8e, 0x26}));
  EXPECT_EQ(unsigned_of(std::numeric_limits<uint64_t>::max()),
            (Bytes{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01}));
}

TEST(Leb, WritesSignedNumbersWithTheSignInTheLastGroup) {
  EXPECT_EQ(signed_of(0), (Bytes{0x00}));
  EXPECT_EQ(signed_of(63), (Bytes{0x3f}));
  EXPECT_EQ(signed_of(64), (Bytes{0xc0, 0x00}));
  EXPECT_EQ(signed_of(-1), (Bytes{0x7f}));
  EXPECT_EQ(signed_of(-64), (Bytes{0x40}));
  EXPECT_EQ(signed_of(-65), (Bytes{0xbf, 0x7f}));
  EXPECT_EQ(signed_of(-123456), (Bytes{0xc0, 0xbb, 0x78}));
  EXPECT_EQ(signed_of(std::numeric_limits<int64_t>::min()),
            (Bytes{0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x7f}));
}

TEST(ByteReader, RefusesANumberThatIsNotInItsShortestEncoding) {
  Bytes stretched = {0x80, 0x00};
  Result<uint64_t> number = ByteReader(stretched).read_u(32);
  ASSERT_FALSE(number);
  EXPECT_EQ(number.error().code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(number.error().message(), "offset 0: the number 0 is not in its shortest encoding");
  EXPECT_FALSE(ByteReader(Bytes{0xff, 0x7f}).read_s(32));
  EXPECT_FALSE(ByteReader(Bytes{0xbf, 0x00}).read_s(32));
}

TEST(ByteReader, RefusesANumberBeyondItsBits) {
  EXPECT_EQ(ByteReader(Bytes{0xff, 0xff, 0x03}).read_u(16).value(), 65535U);
  Result<uint64_t> number = ByteReader(Bytes{0x80, 0x80, 0x04}).read_u(16);
  ASSERT_FALSE(number);
  EXPECT_EQ(number.error().message(), "offset 0: the number does not fit 16 bits");
  EXPECT_FALSE(ByteReader(Bytes{0xff, 0xff, 0xff, 0xff, 0x1f}).read_u(32));
  EXPECT_FALSE(ByteReader(Bytes(11, 0x80)).read_u(64));
}

TEST(ByteReader, RefusesASignedNumberBeyondItsBits) {
  EXPECT_EQ(ByteReader(Bytes{0xff, 0xff, 0x01}).read_s(16).value(), 32767);
  EXPECT_EQ(ByteReader(Bytes{0x80, 0x80, 0x7e}).read_s(16).value(), -32768);
  EXPECT_FALSE(ByteReader(Bytes{0x80, 0x80, 0x02}).read_s(16));
  EXPECT_FALSE(ByteReader(Bytes{0xff, 0xff, 0x7d}).read_s(16));
}

TEST(ByteReader, StaysWhereItWasWhenAReadFails) {
  Bytes bytes = {0x2a, 0x85, 0x61, 0xff};
  ByteReader reader(bytes);
  ASSERT_EQ(reader.read_byte().value(), 0x2a);
  EXPECT_FALSE(reader.read_bytes(4));
  EXPECT_FALSE(reader.read_string());
  EXPECT_FALSE(ByteReader(Bytes{0x80}).read_u(32));
  EXPECT_EQ(reader.position(), 1U);
  EXPECT_EQ(reader.remaining(), 3U);
}

TEST(ByteReader, RefusesACountThatTheRestCannotHold) {
  Bytes bytes = {0x03, 0, 0, 0, 0, 0};
  EXPECT_FALSE(ByteReader(bytes).read_count(2));
  EXPECT_EQ(ByteReader(bytes).read_count(1).value(), 3U);
  Bytes huge = {0xff, 0xff, 0xff, 0xff, 0x0f};
  Result<size_t> count = ByteReader(huge).read_count(1);
  ASSERT_FALSE(count);
  EXPECT_THAT(count.error().message(), HasSubstr("4294967295 elements"));
}

TEST(ByteReader, NamesTheByteThatIsNotUtf8) {
  Bytes bytes = {0x03, 'a', 0xc0, 0x80};
  Result<std::string_view> text = ByteReader(bytes).read_string();
  ASSERT_FALSE(text);
  EXPECT_EQ(text.error().message(), "offset 2: the byte 0xc0 is not UTF-8 here");
}

TEST(ByteReader, ReadsOneCharacterWithoutALength) {
  Bytes bytes = {0xe2, 0x82, 0xac, 'x'};
  ByteReader reader(bytes);
  EXPECT_EQ(reader.read_char().value(), U'€');
  EXPECT_EQ(reader.position(), 3U);
  EXPECT_FALSE(ByteReader(Bytes{0xed, 0xa0, 0x80}).read_char());
}

}  // namespace theater::wit::leb_test
