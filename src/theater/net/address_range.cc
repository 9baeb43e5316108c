#include "theater/net/address_range.h"

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace theater {

namespace {

constexpr int kBits = 128;
// Before the 32 bits of an IPv4 address.
constexpr int kMappedBits = 96;

// The bits of byte `at` that belong to the network.
uint8_t mask_of(size_t at, int bits) {
  int left = std::clamp(bits - static_cast<int>(at) * 8, 0, 8);
  return static_cast<uint8_t>(0xff00U >> left);
}

std::optional<int> number_in(std::string_view text, int most) {
  int value = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  bool is_number = error == std::errc() && end == text.data() + text.size() && text.front() != '-';
  return is_number && value <= most ? std::optional(value) : std::nullopt;
}

// Whether no bit behind the first `bits` is set.
bool is_first_of(const IpAddress& address, int bits) {
  for (size_t at = 0; at < address.bytes().size(); ++at) {
    if ((address.bytes()[at] & ~mask_of(at, bits)) != 0) return false;
  }
  return true;
}

}  // namespace

Result<AddressRange> AddressRange::parse(std::string_view text) {
  size_t slash = text.find('/');
  auto address = IpAddress::parse(text.substr(0, slash));
  if (!address) {
    return fail(ErrorCode::kInvalidArgument,
                "`{}` is no address or network, such as 127.0.0.1, 10.0.0.0/8 or 2001:db8::/32",
                text);
  }
  int before = address->is_v4() ? kMappedBits : 0;
  int bits = kBits;
  if (slash != std::string_view::npos) {
    std::string_view digits = text.substr(slash + 1);
    std::optional<int> given = digits.empty() ? std::nullopt : number_in(digits, kBits - before);
    if (!given) {
      return fail(ErrorCode::kInvalidArgument,
                  "`{}`: a network of {} has 0 to {} bits behind the `/`", text,
                  address->to_string(), kBits - before);
    }
    bits = before + *given;
  }
  if (!is_first_of(*address, bits)) {
    return fail(ErrorCode::kInvalidArgument,
                "`{}`: {} has bits behind the first {}; give the first address of the network",
                text, address->to_string(), bits - before);
  }
  return AddressRange(*address, bits);
}

bool AddressRange::contains(const IpAddress& address) const {
  for (size_t at = 0; at < address.bytes().size(); ++at) {
    if (((address.bytes()[at] ^ first_.bytes()[at]) & mask_of(at, bits_)) != 0) return false;
  }
  return true;
}

std::string AddressRange::to_string() const {
  return fmt::format("{}/{}", first_.to_string(), bits_ - (first_.is_v4() ? kMappedBits : 0));
}

}  // namespace theater
