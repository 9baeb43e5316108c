#include "theater/actor/messaging/interface_name.h"

#include <array>
#include <charconv>
#include <cstdint>
#include <optional>

namespace theater {

namespace {

using Version = std::array<uint32_t, 3>;

// Reads `1.2.3`. Build data after `+` does not count; a pre-release is compatible with nothing
// else.
std::optional<Version> read_version(std::string_view text) {
  text = text.substr(0, text.find('+'));
  Version version{};
  for (size_t i = 0; i < version.size(); ++i) {
    if (i > 0) {
      if (!text.starts_with('.')) return std::nullopt;
      text.remove_prefix(1);
    }
    auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), version[i]);
    if (error != std::errc()) return std::nullopt;
    text.remove_prefix(static_cast<size_t>(end - text.data()));
  }
  if (!text.empty()) return std::nullopt;
  return version;
}

bool compatible(const Version& a, const Version& b) {
  if (a[0] != b[0]) return false;
  if (a[0] != 0) return true;
  if (a[1] != b[1]) return false;
  return a[1] != 0 || a[2] == b[2];
}

}  // namespace

bool interfaces_match(std::string_view offered, std::string_view wanted) {
  if (offered == wanted) return true;
  if (plain_interface(offered) != plain_interface(wanted)) return false;
  size_t offered_at = offered.find('@');
  size_t wanted_at = wanted.find('@');
  if (offered_at == std::string_view::npos || wanted_at == std::string_view::npos) return true;
  auto a = read_version(offered.substr(offered_at + 1));
  auto b = read_version(wanted.substr(wanted_at + 1));
  return a && b && compatible(*a, *b);
}

}  // namespace theater
