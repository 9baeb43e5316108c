#include "theater/net/request_head.h"

#include "theater/net/http_message.h"

#include <algorithm>
#include <array>
#include <cstdint>

namespace theater {

namespace {

enum CharacterClass : uint8_t { kToken = 1, kValue = 2, kTarget = 4, kHost = 8 };

constexpr std::array<uint8_t, 256> make_classes() {
  std::array<uint8_t, 256> classes{};
  for (unsigned at = 0; at < 256; ++at) {
    char byte = static_cast<char>(at);
    bool letter = (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z');
    bool digit = byte >= '0' && byte <= '9';
    if (letter || digit || std::string_view("!#$%&'*+-.^_`|~").find(byte) != std::string_view::npos)
      classes[at] |= kToken;
    if (at == '\t' || (at >= 0x20 && at != 0x7f)) classes[at] |= kValue;
    // RFC 3986 has no quotes, brackets, backslashes and the like in a path or a query. Browsers
    // send some of them, and they have one reading here. A fragment never reaches a server.
    if (at > 0x20 && at < 0x7f && byte != '#' && byte != '\\') classes[at] |= kTarget;
    if (letter || digit || std::string_view("-._~:[]").find(byte) != std::string_view::npos)
      classes[at] |= kHost;
  }
  return classes;
}

constexpr std::array<uint8_t, 256> kClasses = make_classes();

bool all_are(std::string_view text, CharacterClass wanted) {
  return std::all_of(text.begin(), text.end(), [wanted](char byte) {
    return (kClasses[static_cast<uint8_t>(byte)] & wanted) != 0;
  });
}

using Refused = std::optional<HttpRefusal>;

// What the framing depends on, collected over all headers of one head.
struct Framing {
  int lengths = 0;
  int encodings = 0;
  int hosts = 0;
  std::string_view host;
};

Refused check_length(std::string_view value) {
  // 15 digits are more than any limit, and cannot overflow.
  bool plain = !value.empty() && value.size() <= 15 &&
               std::all_of(value.begin(), value.end(), [](char c) { return c >= '0' && c <= '9'; });
  if (!plain) return HttpRefusal{400, "Content-Length is not a plain decimal number."};
  return std::nullopt;
}

Refused check_field(std::string_view line, Framing& framing, int version_minor) {
  if (line.front() == ' ' || line.front() == '\t')
    return HttpRefusal{400, "A header is folded over two lines."};
  size_t colon = line.find(':');
  if (colon == std::string_view::npos) return HttpRefusal{400, "A header has no colon."};
  std::string_view name = line.substr(0, colon);
  if (!is_http_token(name))
    return HttpRefusal{400, "The name of a header has characters that a name cannot have."};
  std::string_view value = line.substr(colon + 1);
  if (!all_are(value, kValue)) return HttpRefusal{400, "A header has a control character."};
  while (!value.empty() && (value.front() == ' ' || value.front() == '\t'))
    value.remove_prefix(1);
  while (!value.empty() && (value.back() == ' ' || value.back() == '\t'))
    value.remove_suffix(1);

  if (equals_ignoring_case(name, "Host")) {
    ++framing.hosts;
    framing.host = value;
  } else if (equals_ignoring_case(name, "Content-Length")) {
    if (++framing.lengths > 1) return HttpRefusal{400, "Content-Length is repeated."};
    return check_length(value);
  } else if (equals_ignoring_case(name, "Transfer-Encoding")) {
    if (++framing.encodings > 1) return HttpRefusal{400, "Transfer-Encoding is repeated."};
    if (version_minor == 0) return HttpRefusal{400, "HTTP/1.0 has no Transfer-Encoding."};
    if (!equals_ignoring_case(value, "chunked"))
      return HttpRefusal{400, "The only Transfer-Encoding that this server reads is `chunked`."};
  }
  return std::nullopt;
}

Refused check_host(const Framing& framing, int version_minor) {
  if (framing.hosts > 1) return HttpRefusal{400, "Host is repeated."};
  if (framing.hosts == 0 && version_minor == 1) return HttpRefusal{400, "Host is missing."};
  if (!all_are(framing.host, kHost))
    return HttpRefusal{400, "Host has characters that a host cannot have."};
  return std::nullopt;
}

// Of the forms of a target, `/path`, `http://host/path` and `*` (with OPTIONS) are taken. The host
// of an absolute form must be the one of the Host header.
Refused check_target(std::string_view method, std::string_view target, std::string_view host) {
  if (method == "CONNECT") return HttpRefusal{501, "This server is no proxy."};
  if (target == "*") {
    if (method == "OPTIONS") return std::nullopt;
    return HttpRefusal{400, "The target `*` goes with OPTIONS only."};
  }
  if (target.starts_with('/')) return std::nullopt;
  size_t scheme = 0;
  if (equals_ignoring_case(target.substr(0, 7), "http://")) scheme = 7;
  if (equals_ignoring_case(target.substr(0, 8), "https://")) scheme = 8;
  if (scheme == 0) return HttpRefusal{400, "The target does not begin with a slash."};
  std::string_view rest = target.substr(scheme);
  std::string_view authority = rest.substr(0, rest.find_first_of("/?"));
  if (authority.empty() || !equals_ignoring_case(authority, host))
    return HttpRefusal{400, "The target and the Host header name different hosts."};
  return std::nullopt;
}

Refused check_proxy_target(std::string_view method, std::string_view target) {
  if (method == "CONNECT") {
    if (all_are(target, kHost)) return std::nullopt;
    return HttpRefusal{400, "The target of CONNECT is not a host and a port."};
  }
  if (equals_ignoring_case(target.substr(0, 7), "http://")) return std::nullopt;
  return HttpRefusal{400,
                     "This is a proxy: the target is a URL that begins with http://, and https "
                     "goes through CONNECT."};
}

struct RequestLine {
  std::string_view method;
  std::string_view target;
  int version_minor = 1;
};

Refused check_request_line(std::string_view line, const HttpLimits& limits, RequestLine& parts) {
  size_t first = line.find(' ');
  size_t last = line.rfind(' ');
  if (first == std::string_view::npos || first == last)
    return HttpRefusal{400, "The request line is not a method, a target and a version."};
  parts.method = line.substr(0, first);
  parts.target = line.substr(first + 1, last - first - 1);
  std::string_view version = line.substr(last + 1);
  if (!is_http_token(parts.method))
    return HttpRefusal{400, "The method has characters that a method cannot have."};
  if (parts.target.size() > limits.target_bytes_max)
    return HttpRefusal{414, "The target is too long."};
  if (parts.target.empty() || !all_are(parts.target, kTarget))
    return HttpRefusal{400, "The target has characters that a target cannot have."};
  bool is_version = version.size() == 8 && version.starts_with("HTTP/") && version[6] == '.' &&
                    version[5] >= '0' && version[5] <= '9' && version[7] >= '0' &&
                    version[7] <= '9';
  if (!is_version) return HttpRefusal{400, "The request line has no valid version."};
  if (version != "HTTP/1.1" && version != "HTTP/1.0")
    return HttpRefusal{505, "This server reads HTTP/1.1 and HTTP/1.0."};
  parts.version_minor = version[7] - '0';
  return std::nullopt;
}

// Takes the next line off `rest`. A line ends with CR LF; the check of its characters refuses a CR
// or LF anywhere else.
std::string_view take_line(std::string_view& rest) {
  size_t end = rest.find("\r\n");
  std::string_view line = rest.substr(0, end);
  rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 2);
  return line;
}

}  // namespace

bool is_http_token(std::string_view text) {
  return !text.empty() && all_are(text, kToken);
}

bool is_http_value(std::string_view text) {
  if (text.empty()) return true;
  auto is_space = [](char byte) { return byte == ' ' || byte == '\t'; };
  return !is_space(text.front()) && !is_space(text.back()) && all_are(text, kValue);
}

HeadSearch find_head_end(std::string_view received, size_t searched) {
  if (received.empty()) return {};
  if (!all_are(received.substr(0, 1), kToken))
    return {0, HttpRefusal{400, "A request does not begin with a method."}};
  for (size_t at = received.find('\n', searched); at != std::string_view::npos;
       at = received.find('\n', at + 1)) {
    if (at == 0 || received[at - 1] != '\r')
      return {0, HttpRefusal{400, "A line ends without a carriage return."}};
    if (at >= 3 && received.substr(at - 3, 2) == "\r\n") return {at + 1, std::nullopt};
  }
  return {};
}

HttpRefusal refuse_large_head(std::string_view received, const HttpLimits& limits) {
  size_t line = received.find("\r\n");
  if (line == std::string_view::npos || line > limits.target_bytes_max + 64)
    return {414, "The request line is too long."};
  return {431, "The headers are too large."};
}

std::optional<HttpRefusal> check_request_head(std::string_view head, const HttpLimits& limits,
                                              TargetForm form) {
  if (head.size() > limits.head_bytes_max) return refuse_large_head(head, limits);
  std::string_view rest = head;
  RequestLine request;
  if (auto refused = check_request_line(take_line(rest), limits, request)) return refused;
  Framing framing;
  size_t headers = 0;
  for (std::string_view line = take_line(rest); !line.empty(); line = take_line(rest)) {
    if (++headers > limits.headers_max) return HttpRefusal{431, "There are too many headers."};
    if (auto refused = check_field(line, framing, request.version_minor)) return refused;
  }
  if (framing.lengths > 0 && framing.encodings > 0)
    return HttpRefusal{400, "Content-Length and Transfer-Encoding contradict each other."};
  if (auto refused = check_host(framing, request.version_minor)) return refused;
  if (form == TargetForm::kProxy) return check_proxy_target(request.method, request.target);
  return check_target(request.method, request.target, framing.host);
}

}  // namespace theater
