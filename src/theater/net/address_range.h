// A network, or one address: `10.0.0.0/8`, `2001:db8::/32`, `127.0.0.1`.
#pragma once

#include "theater/base/result.h"
#include "theater/net/address.h"

#include <string>
#include <string_view>

namespace theater {

// Value type.
class AddressRange {
 public:
  // ADDRESS or ADDRESS/BITS; without BITS it means that address alone. Fails with kInvalidArgument
  // for what is no address, for more bits than the address has, and for an address that is not the
  // first one of its network, since it may be a slip.
  static Result<AddressRange> parse(std::string_view text);

  // An IPv4 address also matches in the form ::ffff:a.b.c.d.
  bool contains(const IpAddress& address) const;
  // ADDRESS/BITS.
  std::string to_string() const;

 private:
  AddressRange(const IpAddress& first, int bits) : first_(first), bits_(bits) {}

  IpAddress first_;
  int bits_;  // Of the 128 that IpAddress::bytes() has.
};

}  // namespace theater
