#include "theater/net/address_check.h"

#include <fmt/format.h>

#include <ifaddrs.h>
#include <sys/socket.h>

#include <algorithm>

namespace theater {

std::optional<std::vector<IpAddress>> addresses_of_interfaces() {
  ifaddrs* first = nullptr;
  if (::getifaddrs(&first) != 0) return std::nullopt;
  std::vector<IpAddress> addresses;
  for (const ifaddrs* one = first; one != nullptr; one = one->ifa_next) {
    if (one->ifa_addr == nullptr) continue;
    auto address = ip_address_of(one->ifa_addr);
    if (address) addresses.push_back(*address);
  }
  ::freeifaddrs(first);
  return addresses;
}

std::string private_address_refusal(const IpAddress& address, AddressKind kind) {
  return fmt::format(
      "its host has the address {}, which is {}, and only public addresses may be reached; the "
      "operator can allow the host in private-hosts",
      address.to_string(), address_kind_name(kind));
}

AddressKind AddressCheck::kind(const IpAddress& address) {
  AddressKind kind = address.kind();
  if (kind != AddressKind::kPublic) return kind;
  refresh();
  if (!own_) return AddressKind::kReserved;
  bool is_own = std::find(own_->begin(), own_->end(), address) != own_->end();
  return is_own ? AddressKind::kLoopback : kind;
}

void AddressCheck::refresh() {
  auto now = std::chrono::steady_clock::now();
  if (own_ && now - read_at_ < kAgeMax) return;
  auto listed = list_();
  if (!listed) return;
  own_ = std::move(listed);
  read_at_ = now;
}

}  // namespace theater
