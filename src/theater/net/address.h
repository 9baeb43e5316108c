// Addresses on the network, and which of them anybody may be connected to.
//
// A program that fetches what strangers name can be made to reach what only it can reach: services
// of its own machine, of the network behind it, or of the cloud that it runs in. So whoever fetches
// looks at the address that is really connected to, after names have become addresses, and refuses
// all that is not on the public internet.
#pragma once

#include <sys/socket.h>

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace theater {

enum class AddressKind : uint8_t {
  kPublic,
  kLoopback,  // 127/8, ::1
  kPrivate,   // 10/8, 172.16/12, 192.168/16, 100.64/10, fc00::/7 and the like
  // 169.254/16, fe80::/10, and the addresses at which clouds serve their machines' metadata.
  kLinkLocal,
  kMulticast,    // 224/4, ff00::/8
  kUnspecified,  // 0/8, ::
  kReserved,     // All that nobody has been given for public use.
};

// "public", "loopback" and so on, for messages.
std::string_view address_kind_name(AddressKind kind);

// Value type.
class IpAddress {
 public:
  static IpAddress v4(std::array<uint8_t, 4> bytes);
  static IpAddress v6(std::array<uint8_t, 16> bytes);
  // As inet_pton reads them: a.b.c.d, or IPv6 without brackets.
  static std::optional<IpAddress> parse(std::string_view text);

  // An IPv4 address in the clothes of an IPv6 one (::ffff:a.b.c.d, 64:ff9b::a.b.c.d) is of the kind
  // that it has itself.
  AddressKind kind() const;
  std::string to_string() const;

  // Whether it is a.b.c.d or ::ffff:a.b.c.d, which are the same address.
  bool is_v4() const;
  // An IPv4 address as ::ffff:a.b.c.d.
  const std::array<uint8_t, 16>& bytes() const { return bytes_; }

  bool operator==(const IpAddress&) const = default;

 private:
  std::array<uint8_t, 16> bytes_{};
};

// Address of an IPv4 or IPv6 socket address, without its port and its zone. Nothing for other
// families. `address` is as large as its family says.
std::optional<IpAddress> ip_address_of(const sockaddr* address);

}  // namespace theater
