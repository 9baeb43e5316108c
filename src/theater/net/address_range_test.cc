#include "theater/net/address_range.h"

#include "theater/base/testing/must.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace theater::address_range_test {

using ::testing::HasSubstr;

std::string refusal(std::string_view text) {
  auto range = AddressRange::parse(text);
  if (range) return "none: " + range->to_string();
  EXPECT_EQ(range.error().code(), ErrorCode::kInvalidArgument);
  return range.error().message();
}

bool contains(std::string_view range, std::string_view address) {
  return must(AddressRange::parse(range)).contains(IpAddress::parse(address).value());
}

TEST(AddressRange, RefusesWhatIsNone) {
  for (const char* text : {"", "/8", "localhost", "10.0.0/8", "[::1]", "10.0.0.0:80"})
    EXPECT_THAT(refusal(text), HasSubstr("is no address or network")) << text;
  for (const char* text : {"10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/8x", "10.0.0.0/8/8",
                           "10.0.0.0/99999999999"})
    EXPECT_THAT(refusal(text), HasSubstr("0 to 32 bits")) << text;
  EXPECT_THAT(refusal("::/129"), HasSubstr("0 to 128 bits"));
}

TEST(AddressRange, RefusesAnAddressInTheMiddleOfItsNetwork) {
  EXPECT_THAT(refusal("10.0.0.1/8"), HasSubstr("10.0.0.1 has bits behind the first 8"));
  EXPECT_THAT(refusal("10.0.0.128/24"), HasSubstr("behind the first 24"));
  EXPECT_THAT(refusal("2001:db8::1/32"), HasSubstr("behind the first 32"));
}

TEST(AddressRange, HasTheAddressesOfItsNetwork) {
  EXPECT_TRUE(contains("127.0.0.1", "127.0.0.1"));
  EXPECT_FALSE(contains("127.0.0.1", "127.0.0.2"));
  EXPECT_TRUE(contains("10.0.0.0/8", "10.255.255.255"));
  EXPECT_FALSE(contains("10.0.0.0/8", "11.0.0.0"));
  EXPECT_TRUE(contains("192.168.4.0/23", "192.168.5.255"));
  EXPECT_FALSE(contains("192.168.4.0/23", "192.168.6.0"));
  EXPECT_TRUE(contains("2001:db8::/32", "2001:db8:ffff::1"));
  EXPECT_FALSE(contains("2001:db8::/32", "2001:db9::"));
}

TEST(AddressRange, KeepsTheTwoFamiliesApart) {
  EXPECT_TRUE(contains("0.0.0.0/0", "255.255.255.255"));
  EXPECT_FALSE(contains("0.0.0.0/0", "2001:db8::1"));
  EXPECT_TRUE(contains("10.0.0.0/8", "::ffff:10.1.2.3"));
  EXPECT_TRUE(contains("::ffff:10.0.0.0/8", "10.1.2.3"));
}

TEST(AddressRange, IsWrittenWithItsBits) {
  EXPECT_EQ(must(AddressRange::parse("127.0.0.1")).to_string(), "127.0.0.1/32");
  EXPECT_EQ(must(AddressRange::parse("2001:DB8::/32")).to_string(), "2001:db8::/32");
}

}  // namespace theater::address_range_test
