#include "theater/net/address.h"

#include <gtest/gtest.h>

namespace theater::address_test {

struct Row {
  const char* text;
  AddressKind kind;
};

TEST(IpAddress, IsOfTheKindThatTheRegistriesSay) {
  using K = AddressKind;
  for (const Row& row : std::initializer_list<Row>{{"0.0.0.0", K::kUnspecified},
                                                   {"0.255.255.255", K::kUnspecified},
                                                   {"1.0.0.0", K::kPublic},
                                                   {"9.255.255.255", K::kPublic},
                                                   {"10.0.0.0", K::kPrivate},
                                                   {"10.255.255.255", K::kPrivate},
                                                   {"11.0.0.0", K::kPublic},
                                                   {"100.63.255.255", K::kPublic},
                                                   {"100.64.0.0", K::kPrivate},
                                                   {"100.127.255.255", K::kPrivate},
                                                   {"100.128.0.0", K::kPublic},
                                                   {"126.255.255.255", K::kPublic},
                                                   {"127.0.0.1", K::kLoopback},
                                                   {"127.255.255.255", K::kLoopback},
                                                   {"128.0.0.0", K::kPublic},
                                                   {"168.63.129.15", K::kPublic},
                                                   {"168.63.129.16", K::kLinkLocal},
                                                   {"::ffff:168.63.129.16", K::kLinkLocal},
                                                   {"169.254.169.254", K::kLinkLocal},
                                                   {"169.255.0.0", K::kPublic},
                                                   {"172.15.255.255", K::kPublic},
                                                   {"172.16.0.0", K::kPrivate},
                                                   {"172.31.255.255", K::kPrivate},
                                                   {"172.32.0.0", K::kPublic},
                                                   {"192.0.0.1", K::kReserved},
                                                   {"192.0.1.0", K::kPublic},
                                                   {"192.0.2.1", K::kReserved},
                                                   {"192.88.99.1", K::kReserved},
                                                   {"192.168.0.0", K::kPrivate},
                                                   {"192.169.0.0", K::kPublic},
                                                   {"198.17.255.255", K::kPublic},
                                                   {"198.18.0.0", K::kPrivate},
                                                   {"198.19.255.255", K::kPrivate},
                                                   {"198.20.0.0", K::kPublic},
                                                   {"198.51.100.7", K::kReserved},
                                                   {"203.0.113.7", K::kReserved},
                                                   {"223.255.255.255", K::kPublic},
                                                   {"224.0.0.0", K::kMulticast},
                                                   {"239.255.255.255", K::kMulticast},
                                                   {"240.0.0.0", K::kReserved},
                                                   {"255.255.255.255", K::kReserved},
                                                   {"::", K::kUnspecified},
                                                   {"::1", K::kLoopback},
                                                   {"::2", K::kReserved},
                                                   {"::127.0.0.1", K::kReserved},
                                                   {"::ffff:127.0.0.1", K::kLoopback},
                                                   {"::ffff:10.1.2.3", K::kPrivate},
                                                   {"::ffff:169.254.169.254", K::kLinkLocal},
                                                   {"::ffff:1.1.1.1", K::kPublic},
                                                   {"::ffff:0:1.1.1.1", K::kReserved},
                                                   {"64:ff9b::7f00:1", K::kLoopback},
                                                   {"64:ff9b::101:101", K::kPublic},
                                                   {"64:ff9b:1::1", K::kPrivate},
                                                   {"100::1", K::kReserved},
                                                   {"2001::1", K::kReserved},
                                                   {"2001:1ff::1", K::kReserved},
                                                   {"2001:200::1", K::kPublic},
                                                   {"2001:db8::1", K::kReserved},
                                                   {"2002:7f00:1::1", K::kReserved},
                                                   {"2606:4700::1111", K::kPublic},
                                                   {"3fff::1", K::kReserved},
                                                   {"3fff:1000::1", K::kPublic},
                                                   {"4000::1", K::kReserved},
                                                   {"5f00::1", K::kReserved},
                                                   {"fc00::1", K::kPrivate},
                                                   {"fdff::1", K::kPrivate},
                                                   {"fd00:ec2::254", K::kLinkLocal},
                                                   {"fd00:ec2::253", K::kPrivate},
                                                   {"fe80::1", K::kLinkLocal},
                                                   {"febf::1", K::kLinkLocal},
                                                   {"fec0::1", K::kPrivate},
                                                   {"ff02::1", K::kMulticast}}) {
    auto address = IpAddress::parse(row.text);
    ASSERT_TRUE(address) << row.text;
    EXPECT_EQ(address->kind(), row.kind)
        << row.text << " is " << address_kind_name(address->kind());
  }
}

TEST(IpAddress, OfVersionFourIsTheSameInBothForms) {
  EXPECT_EQ(IpAddress::parse("::ffff:8.8.4.4"), IpAddress::v4({8, 8, 4, 4}));
  EXPECT_EQ(IpAddress::v4({8, 8, 4, 4}).to_string(), "8.8.4.4");
  EXPECT_EQ(IpAddress::parse("2606:4700:0:0::1111")->to_string(), "2606:4700::1111");
}

TEST(IpAddress, IsNoTextThatIsNone) {
  for (const char* text : {"", "localhost", "127.1", "0x7f.0.0.1", "1.2.3.4.5", "::1%lo", "[::1]"})
    EXPECT_EQ(IpAddress::parse(text), std::nullopt) << text;
  EXPECT_EQ(IpAddress::parse(std::string_view("8.8.4.4\0x", 9)), std::nullopt);
}

}  // namespace theater::address_test
