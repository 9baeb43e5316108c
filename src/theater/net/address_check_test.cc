#include "theater/net/address_check.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace theater::address_check_test {

IpAddress address(const char* text) {
  return *IpAddress::parse(text);
}

TEST(AddressCheck, CountsOwnAddressesAsLoopback) {
  AddressCheck check([] { return std::vector{address("8.8.4.4"), address("2606:4700::1111")}; });
  EXPECT_EQ(check.kind(address("8.8.4.4")), AddressKind::kLoopback);
  EXPECT_EQ(check.kind(address("::ffff:8.8.4.4")), AddressKind::kLoopback);
  EXPECT_EQ(check.kind(address("2606:4700::1111")), AddressKind::kLoopback);
  EXPECT_EQ(check.kind(address("8.8.8.8")), AddressKind::kPublic);
  EXPECT_EQ(check.kind(address("10.0.0.1")), AddressKind::kPrivate);
}

TEST(AddressCheck, TrustsNoAddressBeforeItKnowsItsOwn) {
  bool knows = false;
  AddressCheck check([&]() -> std::optional<std::vector<IpAddress>> {
    if (!knows) return std::nullopt;
    return std::vector{address("8.8.4.4")};
  });
  EXPECT_EQ(check.kind(address("8.8.8.8")), AddressKind::kReserved);
  knows = true;
  EXPECT_EQ(check.kind(address("8.8.8.8")), AddressKind::kPublic);
  EXPECT_EQ(check.kind(address("8.8.4.4")), AddressKind::kLoopback);
}

TEST(AddressCheck, KnowsTheInterfacesOfThisMachine) {
  auto own = addresses_of_interfaces();
  ASSERT_TRUE(own);
  EXPECT_NE(std::find(own->begin(), own->end(), address("127.0.0.1")), own->end());
}

}  // namespace theater::address_check_test
