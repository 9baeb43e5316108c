#include "theater/net/url.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <vector>

namespace theater {

namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
char small(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}
bool is_letter(char c) {
  return small(c) >= 'a' && small(c) <= 'z';
}

template <class... Args>
Failure wrong(std::string_view text, fmt::format_string<Args...> what, Args&&... args) {
  return fail(ErrorCode::kInvalidArgument, "`{}` is no address to read from: {}",
              text.substr(0, 200), fmt::format(what, std::forward<Args>(args)...));
}

Result<void> check_characters(std::string_view text) {
  if (text.size() > Url::kSizeMax) {
    return wrong(text, "it has {} bytes; at most {} are read", text.size(), Url::kSizeMax);
  }
  for (char c : text) {
    auto byte = static_cast<unsigned char>(c);
    if (byte <= 0x20 || byte >= 0x7f || c == '\\') {
      return wrong(text, "it has the byte 0x{:02x}, which is written with a % in a URL", byte);
    }
  }
  return {};
}

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  while (true) {
    size_t end = text.find(separator);
    parts.push_back(text.substr(0, end));
    if (end == text.npos) return parts;
    text.remove_prefix(end + 1);
  }
}

// Whether a host of these labels would be read as a number by somebody.
bool looks_like_number(std::string_view last_label) {
  bool digits = std::all_of(last_label.begin(), last_label.end(), is_digit);
  return digits || (last_label.size() > 1 && last_label[0] == '0' && small(last_label[1]) == 'x');
}

bool is_plain_ipv4(const std::vector<std::string_view>& labels) {
  return labels.size() == 4 &&
         std::all_of(labels.begin(), labels.end(), [](std::string_view label) {
           int value = 0;
           auto [end, error] = std::from_chars(label.data(), label.data() + label.size(), value);
           bool whole = error == std::errc() && end == label.data() + label.size();
           bool shortest = label.size() == 1 || label.front() != '0';
           return whole && shortest && is_digit(label.front()) && value <= 255;
         });
}

Result<std::string> read_name(std::string_view text, std::string_view host) {
  constexpr size_t kNameSizeMax = 253;
  constexpr size_t kLabelSizeMax = 63;
  std::string name(host);
  std::transform(name.begin(), name.end(), name.begin(), small);
  if (name.ends_with('.')) name.pop_back();
  std::vector<std::string_view> labels = split(name, '.');
  if (looks_like_number(labels.back())) {
    if (is_plain_ipv4(labels)) return name;
    return wrong(text, "the host `{}` is no IPv4 address of four numbers from 0 to 255", host);
  }
  auto is_good = [](std::string_view label) {
    return !label.empty() && label.size() <= kLabelSizeMax && label.front() != '-' &&
           label.back() != '-' && std::all_of(label.begin(), label.end(), [](char c) {
             return is_letter(c) || is_digit(c) || c == '-' || c == '_';
           });
  };
  if (name.size() > kNameSizeMax || !std::all_of(labels.begin(), labels.end(), is_good)) {
    return wrong(text, "the host `{}` is no name: letters, digits and dashes, with dots between",
                 host);
  }
  return name;
}

Result<std::string> read_ipv6(std::string_view text, std::string_view digits) {
  in6_addr address{};
  std::array<char, INET6_ADDRSTRLEN> shortest{};
  if (::inet_pton(AF_INET6, std::string(digits).c_str(), &address) != 1 ||
      ::inet_ntop(AF_INET6, &address, shortest.data(), shortest.size()) == nullptr) {
    return wrong(text, "`[{}]` is no IPv6 address", digits);
  }
  return std::string(shortest.data());
}

Result<uint16_t> read_port(std::string_view text, std::string_view digits) {
  uint32_t port = 0;
  auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  bool whole = error == std::errc() && end == digits.data() + digits.size();
  if (!whole || port == 0 || port > 65535) {
    return wrong(text, "the port `{}` is no number from 1 to 65535", digits);
  }
  return static_cast<uint16_t>(port);
}

Result<void> read_authority(std::string_view text, std::string_view authority, Url& url) {
  if (authority.find('@') != authority.npos) {
    return wrong(text, "it has credentials before `@`, which would be on record; leave them out");
  }
  std::string_view port;
  bool has_port = false;
  if (authority.starts_with('[')) {
    size_t end = authority.find(']');
    if (end == authority.npos) return wrong(text, "a `]` is missing after the IPv6 address");
    url.host = THEATER_TRY(read_ipv6(text, authority.substr(1, end - 1)));
    std::string_view rest = authority.substr(end + 1);
    has_port = rest.starts_with(':');
    if (!rest.empty() && !has_port) return wrong(text, "there is `{}` after the host", rest);
    if (has_port) port = rest.substr(1);
  } else {
    size_t colon = authority.find(':');
    has_port = colon != authority.npos;
    if (has_port) port = authority.substr(colon + 1);
    std::string_view host = authority.substr(0, colon);
    if (host.empty()) return wrong(text, "it has no host");
    url.host = THEATER_TRY(read_name(text, host));
  }
  url.port = has_port ? THEATER_TRY(read_port(text, port)) : Url::usual_port(url.scheme);
  return {};
}

// https://www.rfc-editor.org/rfc/rfc3986#section-5.2.4; `path` begins with `/`.
std::string without_dots(std::string_view path) {
  std::vector<std::string_view> kept;
  std::vector<std::string_view> segments = split(path.substr(1), '/');
  for (std::string_view segment : segments) {
    if (segment == ".." && !kept.empty()) kept.pop_back();
    if (segment != "." && segment != "..") kept.push_back(segment);
  }
  bool is_folder = segments.back() == "." || segments.back() == "..";
  std::string plain;
  for (std::string_view segment : kept)
    plain.append("/").append(segment);
  return is_folder || plain.empty() ? plain + "/" : plain;
}

}  // namespace

std::string Url::authority() const {
  std::string text = host.find(':') == host.npos ? host : "[" + host + "]";
  if (port != usual_port(scheme)) text += fmt::format(":{}", port);
  return text;
}

std::string Url::to_string() const {
  return (scheme == Scheme::kHttp ? "http://" : "https://") + authority() + target;
}

Result<Url> parse_url(std::string_view text) {
  THEATER_TRY_VOID(check_characters(text));
  std::string_view rest = text.substr(0, text.find('#'));
  size_t colon = rest.find("://");
  std::string scheme(rest.substr(0, colon == rest.npos ? 0 : colon));
  std::transform(scheme.begin(), scheme.end(), scheme.begin(), small);
  Url url;
  if (scheme == "http") {
    url.scheme = Url::Scheme::kHttp;
  } else if (scheme != "https") {
    return wrong(text, "it begins neither with https:// nor with http://");
  }
  rest.remove_prefix(colon + 3);
  size_t end = std::min(rest.find_first_of("/?"), rest.size());
  THEATER_TRY_VOID(read_authority(text, rest.substr(0, end), url));
  std::string_view target = rest.substr(end);
  url.target = target.starts_with('/') ? std::string(target) : "/" + std::string(target);
  return url;
}

Result<Url> resolve_location(const Url& from, std::string_view location) {
  THEATER_TRY_VOID(check_characters(location));
  std::string_view plain = location.substr(0, location.find('#'));
  size_t first = std::min(plain.find_first_of("/?"), plain.size());
  if (plain.substr(0, first).find(':') != plain.npos) return parse_url(location);
  if (plain.starts_with("//")) {
    return parse_url((from.scheme == Url::Scheme::kHttp ? "http:" : "https:") + std::string(plain));
  }
  Url url = from;
  std::string above = from.target.substr(0, from.target.find('?'));
  std::string_view path = plain.substr(0, plain.find('?'));
  std::string_view query = plain.substr(path.size());
  if (path.starts_with('/')) {
    url.target = without_dots(path) + std::string(query);
  } else if (!path.empty()) {
    above.resize(above.rfind('/') + 1);
    url.target = without_dots(above.append(path)) + std::string(query);
  } else if (!query.empty()) {
    url.target = above + std::string(query);
  }
  if (url.to_string().size() > Url::kSizeMax) {
    return wrong(location, "the address that it leads to is longer than {} bytes", Url::kSizeMax);
  }
  return url;
}

}  // namespace theater
