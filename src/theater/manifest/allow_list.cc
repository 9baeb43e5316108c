#include "theater/manifest/allow_list.h"

#include "theater/base/beneath_root.h"
#include "theater/base/utf8.h"
#include "theater/manifest/diagnostics.h"

#include <charconv>

namespace theater {

namespace {

template <class Pattern>
std::optional<Pattern> narrower(const Pattern& a, const Pattern& b) {
  if (a.covers(b)) return b;
  if (b.covers(a)) return a;
  return std::nullopt;
}

// Whether the host part `a` covers the host part `b`.
bool covers_host(std::string_view a, std::string_view b) {
  if (a == "*" || a == b) return true;
  if (!a.starts_with("*.") || b == "*") return false;
  // Of `b`, a pattern or a name: something must stand before the suffix.
  return b.size() > a.size() - 1 && b.ends_with(a.substr(1));
}

bool is_host_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_';
}

bool is_address_character(char c) {
  return (c >= 'a' && c <= 'f') || (c >= '0' && c <= '9') || c == ':' || c == '.';
}

bool is_host(std::string_view host) {
  if (host == "*") return true;
  if (host.starts_with("[") && host.ends_with("]")) {
    std::string_view address = host.substr(1, host.size() - 2);
    return !address.empty() && std::all_of(address.begin(), address.end(), is_address_character);
  }
  if (host.starts_with("*.")) host.remove_prefix(2);
  return !host.empty() && host.front() != '.' && host.back() != '.' &&
         host.find("..") == std::string_view::npos &&
         std::all_of(host.begin(), host.end(), is_host_character);
}

// What is allowed is shown to the operator, whose terminal must not take it for anything else.
Failure control_character_failure(std::string_view text) {
  return fail(ErrorCode::kInvalidArgument, "`{}` contains a control character", text);
}

// Patterns come from strangers, and looking one up takes time in the square of its length.
constexpr size_t kPathSizeMax = 4096;
constexpr size_t kHostSizeMax = 259;  // 253 of a name, and a port.

}  // namespace

Result<NamePattern> NamePattern::parse(std::string_view text, const std::filesystem::path&) {
  if (text.empty()) return fail(ErrorCode::kInvalidArgument, "an empty name allows nothing");
  if (has_control_character(text)) return control_character_failure(text);
  if (text != "*" && text.find('*') != std::string_view::npos) {
    return fail(ErrorCode::kInvalidArgument,
                "`{}`: a name is matched letter by letter; only `*` alone stands for all", text);
  }
  return NamePattern{std::string(text)};
}

std::optional<NamePattern> NamePattern::intersect(const NamePattern& other) const {
  return narrower(*this, other);
}

std::vector<NamePattern> NamePattern::wider() const {
  if (*this == everything()) return {};
  return {everything()};
}

Result<PathPattern> PathPattern::parse(std::string_view text, const std::filesystem::path& folder) {
  if (text == "*") return everything();
  if (text.empty()) return fail(ErrorCode::kInvalidArgument, "a path must not be empty");
  if (text.size() > kPathSizeMax) {
    return fail(ErrorCode::kInvalidArgument, "a path has at most {} bytes", kPathSizeMax);
  }
  std::string whole(text);
  if (text.front() != '/') {
    std::error_code error;
    // The folder of a file named without one is empty, and stands for the current one.
    whole = std::filesystem::absolute(folder.empty() ? "." : folder, error).string() + "/" + whole;
    if (error) {
      return fail(ErrorCode::kIo, "cannot make `{}` absolute: {}", text, error.message());
    }
  }
  if (has_control_character(whole)) return control_character_failure(text);
  if (!is_utf8(whole)) {
    return fail(ErrorCode::kInvalidArgument, "`{}` or the folder above it is not UTF-8", text);
  }
  std::vector<std::string> components;
  for (size_t at = 0; at < whole.size();) {
    size_t end = std::min(whole.find('/', at), whole.size());
    std::string component = whole.substr(at, end - at);
    if (component == "..") {
      if (!components.empty()) components.pop_back();
    } else if (!component.empty() && component != ".") {
      components.push_back(std::move(component));
    }
    at = end + 1;
  }
  std::string normal;
  for (const std::string& component : components)
    normal += "/" + component;
  return PathPattern{normal.empty() ? "/" : normal};
}

bool PathPattern::covers(const PathPattern& other) const {
  return holds_path(text, other.text);
}

std::optional<PathPattern> PathPattern::intersect(const PathPattern& other) const {
  return narrower(*this, other);
}

std::vector<PathPattern> PathPattern::wider() const {
  if (text == "/") return {};
  std::vector<PathPattern> above{everything()};
  for (size_t slash = text.find('/', 1); slash != std::string::npos;
       slash = text.find('/', slash + 1)) {
    above.push_back({text.substr(0, slash)});
  }
  return above;
}

Result<HostPattern> HostPattern::parse(std::string_view text, const std::filesystem::path&) {
  if (text.size() > kHostSizeMax) {
    return fail(ErrorCode::kInvalidArgument, "a host has at most {} bytes", kHostSizeMax);
  }
  HostPattern pattern;
  for (char c : text)
    pattern.host += (c >= 'A' && c <= 'Z') ? static_cast<char>(c - 'A' + 'a') : c;
  size_t bracket = pattern.host.rfind(']');
  size_t colon = pattern.host.rfind(':');
  if (colon != std::string::npos && (bracket == std::string::npos || colon > bracket)) {
    std::string digits = pattern.host.substr(colon + 1);
    auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), pattern.port);
    if (error != std::errc() || end != digits.data() + digits.size() || pattern.port == 0) {
      return fail(ErrorCode::kInvalidArgument, "`{}`: a port is a number from 1 to 65535", text);
    }
    pattern.host.resize(colon);
  }
  if (!is_host(pattern.host)) {
    return fail(ErrorCode::kInvalidArgument,
                "`{}` is not a host; write example.org, *.example.org, [::1] or *, each with :port "
                "if wanted",
                text);
  }
  return pattern;
}

bool HostPattern::covers(const HostPattern& other) const {
  return covers_host(host, other.host) && (port == 0 || port == other.port);
}

std::optional<HostPattern> HostPattern::intersect(const HostPattern& other) const {
  if (port != 0 && other.port != 0 && port != other.port) return std::nullopt;
  uint16_t common_port = port == 0 ? other.port : port;
  if (covers_host(host, other.host)) return HostPattern{other.host, common_port};
  if (covers_host(other.host, host)) return HostPattern{host, common_port};
  return std::nullopt;
}

std::vector<HostPattern> HostPattern::wider() const {
  std::vector<std::string> hosts{host};
  // Behind each dot of a name starts a suffix that a `*.` pattern can cover.
  size_t from = host.starts_with("*.") ? 2 : 1;
  for (size_t dot = host.find('.', from); dot != std::string::npos; dot = host.find('.', dot + 1)) {
    hosts.push_back("*" + host.substr(dot));
  }
  if (host != "*") hosts.emplace_back("*");
  std::vector<HostPattern> above;
  for (std::string& wider_host : hosts) {
    if (wider_host != host && port != 0) above.push_back({wider_host, port});
    if (wider_host != host || port != 0) above.push_back({std::move(wider_host), 0});
  }
  return above;
}

std::string HostPattern::to_string() const {
  return port == 0 ? host : fmt::format("{}:{}", host, port);
}

Result<PortPattern> PortPattern::parse(std::string_view text, const std::filesystem::path&) {
  if (text == "*") return everything();
  PortPattern pattern;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), pattern.port);
  if (error != std::errc() || end != text.data() + text.size() || pattern.port >= kEvery) {
    return fail(ErrorCode::kInvalidArgument,
                "`{}`: a port is a number from 1 to 65535, 0 for one that the system chooses, or *",
                text);
  }
  return pattern;
}

std::optional<PortPattern> PortPattern::intersect(const PortPattern& other) const {
  return narrower(*this, other);
}

std::vector<PortPattern> PortPattern::wider() const {
  if (*this == everything()) return {};
  return {everything()};
}

std::string PortPattern::to_string() const {
  return port == kEvery ? "*" : fmt::to_string(port);
}

}  // namespace theater
