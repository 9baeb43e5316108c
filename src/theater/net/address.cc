#include "theater/net/address.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <cstring>
#include <span>

namespace theater {

namespace {

// https://www.iana.org/assignments/iana-ipv4-special-registry
struct Range4 {
  std::array<uint8_t, 4> first;
  int bits;
  AddressKind kind;
};
constexpr AddressKind kPrivate = AddressKind::kPrivate;
constexpr AddressKind kReserved = AddressKind::kReserved;
constexpr Range4 kRanges4[] = {
    {{0, 0, 0, 0}, 8, AddressKind::kUnspecified},
    {{10, 0, 0, 0}, 8, kPrivate},
    {{100, 64, 0, 0}, 10, kPrivate},
    {{127, 0, 0, 0}, 8, AddressKind::kLoopback},
    {{168, 63, 129, 16}, 32, AddressKind::kLinkLocal},  // Azure's metadata; public by the registry.
    {{169, 254, 0, 0}, 16, AddressKind::kLinkLocal},
    {{172, 16, 0, 0}, 12, kPrivate},
    {{192, 0, 0, 0}, 24, kReserved},
    {{192, 0, 2, 0}, 24, kReserved},
    {{192, 88, 99, 0}, 24, kReserved},
    {{192, 168, 0, 0}, 16, kPrivate},
    {{198, 18, 0, 0}, 15, kPrivate},
    {{198, 51, 100, 0}, 24, kReserved},
    {{203, 0, 113, 0}, 24, kReserved},
    {{224, 0, 0, 0}, 4, AddressKind::kMulticast},
    {{240, 0, 0, 0}, 4, kReserved},
};

// https://www.iana.org/assignments/iana-ipv6-special-registry. Those within 2000::/3, of which the
// rest is public, and those without that are not merely reserved.
struct Range6 {
  std::array<uint8_t, 16> first;
  int bits;
  AddressKind kind;
};
constexpr Range6 kRanges6[] = {
    {{0x20, 0x01, 0x00, 0x00}, 23, kReserved},  // Teredo, ORCHID and others.
    {{0x20, 0x01, 0x0d, 0xb8}, 32, kReserved},  // Documentation.
    {{0x20, 0x02}, 16, kReserved},              // 6to4: leads to any IPv4 address.
    {{0x3f, 0xff, 0x00}, 20, kReserved},        // Documentation.
    // Metadata of Amazon, which is stricter than the range around it.
    {{0xfd, 0x00, 0x0e, 0xc2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x02, 0x54},
     128,
     AddressKind::kLinkLocal},
    {{0xfc}, 7, kPrivate},                                 // Unique local.
    {{0xfe, 0x80}, 10, AddressKind::kLinkLocal},           //
    {{0xfe, 0xc0}, 10, kPrivate},                          // Site local.
    {{0xff}, 8, AddressKind::kMulticast},                  //
    {{0x00, 0x64, 0xff, 0x9b, 0x00, 0x01}, 48, kPrivate},  // Translation within a network.
};
constexpr Range6 kPublic6 = {{0x20}, 3, AddressKind::kPublic};

constexpr std::array<uint8_t, 12> kMapped = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
constexpr std::array<uint8_t, 12> kTranslated = {0, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0};

bool begins_with(std::span<const uint8_t> address, std::span<const uint8_t> prefix, int bits) {
  for (size_t i = 0; bits > 0; ++i, bits -= 8) {
    auto mask = static_cast<uint8_t>(bits >= 8 ? 0xff : 0xff << (8 - bits));
    if ((address[i] & mask) != (prefix[i] & mask)) return false;
  }
  return true;
}

AddressKind kind_of_v4(std::span<const uint8_t> bytes) {
  for (const Range4& range : kRanges4) {
    if (begins_with(bytes, range.first, range.bits)) return range.kind;
  }
  return AddressKind::kPublic;
}

}  // namespace

std::string_view address_kind_name(AddressKind kind) {
  switch (kind) {
    case AddressKind::kPublic:
      return "public";
    case AddressKind::kLoopback:
      return "loopback";
    case AddressKind::kPrivate:
      return "private";
    case AddressKind::kLinkLocal:
      return "link-local";
    case AddressKind::kMulticast:
      return "multicast";
    case AddressKind::kUnspecified:
      return "unspecified";
    case AddressKind::kReserved:
      return "reserved";
  }
  return "unknown";
}

IpAddress IpAddress::v4(std::array<uint8_t, 4> bytes) {
  IpAddress address;
  std::copy(kMapped.begin(), kMapped.end(), address.bytes_.begin());
  std::copy(bytes.begin(), bytes.end(), address.bytes_.begin() + kMapped.size());
  return address;
}

IpAddress IpAddress::v6(std::array<uint8_t, 16> bytes) {
  IpAddress address;
  address.bytes_ = bytes;
  return address;
}

std::optional<IpAddress> IpAddress::parse(std::string_view text) {
  std::string terminated(text);
  if (terminated.find('\0') != terminated.npos) return std::nullopt;
  std::array<uint8_t, 4> four{};
  std::array<uint8_t, 16> sixteen{};
  if (::inet_pton(AF_INET, terminated.c_str(), four.data()) == 1) return v4(four);
  if (::inet_pton(AF_INET6, terminated.c_str(), sixteen.data()) == 1) return v6(sixteen);
  return std::nullopt;
}

AddressKind IpAddress::kind() const {
  std::span<const uint8_t> bytes(bytes_);
  if (begins_with(bytes, kMapped, 96) || begins_with(bytes, kTranslated, 96)) {
    return kind_of_v4(bytes.subspan(12));
  }
  if (std::all_of(bytes.begin(), bytes.end() - 1, [](uint8_t byte) { return byte == 0; })) {
    if (bytes.back() == 0) return AddressKind::kUnspecified;
    if (bytes.back() == 1) return AddressKind::kLoopback;
  }
  for (const Range6& range : kRanges6) {
    if (begins_with(bytes, range.first, range.bits)) return range.kind;
  }
  return begins_with(bytes, kPublic6.first, kPublic6.bits) ? AddressKind::kPublic : kReserved;
}

bool IpAddress::is_v4() const {
  return begins_with(bytes_, kMapped, 96);
}

std::string IpAddress::to_string() const {
  std::array<char, INET6_ADDRSTRLEN> text{};
  const void* bytes = is_v4() ? bytes_.data() + kMapped.size() : bytes_.data();
  ::inet_ntop(is_v4() ? AF_INET : AF_INET6, bytes, text.data(), text.size());
  return text.data();
}

std::optional<IpAddress> ip_address_of(const sockaddr* address) {
  if (address->sa_family == AF_INET) {
    sockaddr_in four{};
    std::memcpy(&four, address, sizeof four);
    std::array<uint8_t, 4> bytes{};
    std::memcpy(bytes.data(), &four.sin_addr, bytes.size());
    return IpAddress::v4(bytes);
  }
  if (address->sa_family != AF_INET6) return std::nullopt;
  sockaddr_in6 six{};
  std::memcpy(&six, address, sizeof six);
  std::array<uint8_t, 16> bytes{};
  std::memcpy(bytes.data(), &six.sin6_addr, bytes.size());
  return IpAddress::v6(bytes);
}

}  // namespace theater
