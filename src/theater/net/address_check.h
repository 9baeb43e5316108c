// Kinds of addresses as this machine sees them.
//
// IpAddress::kind() knows the registries, which are the same everywhere. An address of one of our
// own interfaces may be public by the registries, and still leads to services that only this
// machine may reach. So it counts as loopback here.
#pragma once

#include "theater/net/address.h"

#include <chrono>
#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace theater {

// Addresses of this machine's interfaces. Nothing if the system does not tell them.
std::optional<std::vector<IpAddress>> addresses_of_interfaces();

// How many addresses of one host are tried. A name server may list any number.
inline constexpr size_t kHostAddressesMax = 16;

// Why an address of this kind is not connected to, in words that follow the name of a URL.
std::string private_address_refusal(const IpAddress& address, AddressKind kind);

// Not thread-safe.
class AddressCheck {
 public:
  // The list of own addresses is at most this old when it is used.
  static constexpr std::chrono::milliseconds kAgeMax{1000};

  using List = std::function<std::optional<std::vector<IpAddress>>()>;
  explicit AddressCheck(List list = addresses_of_interfaces) : list_(std::move(list)) {}

  // If the system does not list the own addresses, the last list counts. Without any list, every
  // public address is reserved, so that none can be one of our own by mistake.
  AddressKind kind(const IpAddress& address);

 private:
  void refresh();

  const List list_;
  std::chrono::steady_clock::time_point read_at_{};
  std::optional<std::vector<IpAddress>> own_;
};

}  // namespace theater
