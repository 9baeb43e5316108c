#include "theater/handlers/http_framework/client_facts.h"

#include "theater/base/utf8.h"
#include "theater/net/address.h"
#include "theater/net/answer_head.h"
#include "theater/net/request_head.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

namespace theater {

namespace {

// Whole names, and beginnings of names, in small letters and with dashes.
constexpr std::array<std::string_view, 15> kHostsNames = {
    "forwarded",        "x-real-ip", "x-request-id",   "connection", "keep-alive",
    "proxy-connection", "te",        "trailer",        "upgrade",    "transfer-encoding",
    "content-length",   "expect",    "http2-settings", "x-theater",  "x-forwarded"};
constexpr std::array<std::string_view, 3> kHostsPrefixes = {"x-theater-", "x-forwarded-",
                                                            "x-route-param-"};

std::string in_small_letters(std::string_view text) {
  std::string small;
  for (char letter : text)
    small += letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter;
  return small;
}

// Whether the name begins so, when its letters are small and `_` is a dash.
bool begins_plainly(std::string_view name, std::string_view beginning) {
  auto is_same = [](char letter, char plain) {
    if (letter >= 'A' && letter <= 'Z') letter = static_cast<char>(letter - 'A' + 'a');
    return (letter == '_' ? '-' : letter) == plain;
  };
  return name.size() >= beginning.size() &&
         std::equal(beginning.begin(), beginning.end(), name.begin(),
                    [&](char plain, char letter) { return is_same(letter, plain); });
}

std::string latin1_to_utf8(std::string_view text) {
  std::string utf8;
  for (char letter : text) {
    auto byte = static_cast<uint8_t>(letter);
    if (byte < 0x80) {
      utf8 += letter;
    } else {
      utf8 += static_cast<char>(0xc0 | (byte >> 6));
      utf8 += static_cast<char>(0x80 | (byte & 0x3f));
    }
  }
  return utf8;
}

std::string with_port(std::string_view address, uint16_t port) {
  bool is_ipv6 = address.find(':') != std::string_view::npos;
  return is_ipv6 ? fmt::format("[{}]:{}", address, port) : fmt::format("{}:{}", address, port);
}

struct HostAndPort {
  std::string host;  // In small letters; an IPv6 address without brackets.
  std::optional<uint16_t> port;
};

std::optional<HostAndPort> read_authority(std::string_view text) {
  HostAndPort read;
  size_t end = text.size();
  if (text.starts_with('[')) {
    size_t bracket = text.find(']');
    if (bracket == std::string_view::npos) return std::nullopt;
    read.host = std::string(text.substr(1, bracket - 1));
    end = bracket + 1;
  } else {
    end = std::min(text.find(':'), text.size());
    read.host = in_small_letters(text.substr(0, end));
  }
  if (read.host.empty()) return std::nullopt;
  if (end == text.size()) return read;
  if (text[end] != ':') return std::nullopt;
  std::string_view digits = text.substr(end + 1);
  uint16_t port = 0;
  auto [stop, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  if (error != std::errc() || stop != digits.data() + digits.size()) return std::nullopt;
  read.port = port;
  return read;
}

bool is_same_address(std::string_view left, std::string_view right) {
  auto a = IpAddress::parse(left);
  auto b = IpAddress::parse(right);
  return a && b && *a == *b;
}

}  // namespace

bool is_hosts_header(std::string_view name) {
  auto is_it = [name](std::string_view whole) {
    return name.size() == whole.size() && begins_plainly(name, whole);
  };
  return std::any_of(kHostsNames.begin(), kHostsNames.end(), is_it) ||
         std::any_of(kHostsPrefixes.begin(), kHostsPrefixes.end(),
                     [&](std::string_view prefix) { return begins_plainly(name, prefix); });
}

GuestHeaders fact_headers(const HttpRequest& request, std::string_view request_id) {
  GuestHeaders facts;
  facts.emplace_back("X-Theater-Peer", with_port(request.peer.address, request.peer.port));
  facts.emplace_back("X-Theater-Connection", fmt::to_string(request.connection.value));
  if (request.tls) {
    std::string tls = fmt::format("{} {}", request.tls->protocol, request.tls->cipher);
    if (is_utf8(request.tls->server_name) && is_http_value(request.tls->server_name) &&
        !request.tls->server_name.empty())
      tls += " " + request.tls->server_name;
    facts.emplace_back("X-Theater-Tls", std::move(tls));
  }
  facts.emplace_back("X-Request-Id", std::string(request_id));
  return facts;
}

void put_facts(GuestHeaders& headers, const GuestHeaders& facts) {
  std::erase_if(headers, [](const auto& header) { return is_hosts_header(std::get<0>(header)); });
  headers.insert(headers.end(), facts.begin(), facts.end());
}

bool add_parameters(GuestHeaders& headers, const PathParameters& parameters) {
  for (const auto& [name, value] : parameters) {
    std::optional<std::string> text = unescaped_part(value);
    if (!text) return false;
    headers.emplace_back("X-Route-Param-" + name, *std::move(text));
  }
  return true;
}

GuestRequest guest_request(HttpRequest& request, std::string_view path) {
  GuestRequest made;
  made.method = request.method;
  made.uri = std::string(path);
  if (size_t query = request.target.find('?'); query != std::string::npos)
    made.uri += request.target.substr(query);
  for (const HttpHeader& header : request.headers) {
    if (is_hosts_header(header.name)) continue;
    made.headers.emplace_back(header.name,
                              is_utf8(header.value) ? header.value : latin1_to_utf8(header.value));
  }
  if (!request.body.empty()) made.body = std::move(request.body);
  return made;
}

bool is_meant(const HttpRequest& request, const ServerName& server, const FrameworkRules& rules) {
  auto header = request.headers.find("Host");
  // HTTP/1.0 has no Host, and no browser speaks it.
  if (!header) return request.version_minor == 0;
  auto host = read_authority(*header);
  if (!host) return false;
  if (host->host == server.address) return true;
  auto bound = IpAddress::parse(server.address);
  bool is_everywhere = bound && bound->kind() == AddressKind::kUnspecified;
  bool is_local = bound && bound->kind() == AddressKind::kLoopback;
  if (is_same_address(host->host, server.address)) return true;
  if (is_everywhere && IpAddress::parse(host->host)) return true;
  if (is_local && host->host == "localhost") return true;
  // A name that the grant allows by `*` is a name of this machine to any page.
  return rules.allows_name(host->host, server.port);
}

bool may_open_socket(const HttpRequest& request, const FrameworkRules& rules) {
  auto origin = request.headers.find("Origin");
  if (request.headers.count("Origin") > 1) return false;
  if (!origin) return true;
  if (rules.allows_origin(*origin)) return true;
  auto host = request.headers.find("Host");
  std::string_view scheme = request.tls ? "https://" : "http://";
  return host && equals_ignoring_case(*origin, fmt::format("{}{}", scheme, *host));
}

bool first_subprotocol(const HttpRequest& request, std::optional<std::string>& chosen) {
  auto offered = request.headers.find("Sec-WebSocket-Protocol");
  if (!offered) return true;
  std::string_view first = trimmed(offered->substr(0, offered->find(',')));
  if (!is_http_token(first)) return false;
  chosen = std::string(first);
  return true;
}

Result<HttpAnswer> checked_answer(GuestAnswer answer) {
  HttpAnswer made;
  made.status = answer.status;
  if (answer.body) made.body = *std::move(answer.body);
  for (auto& [name, value] : answer.headers) {
    if (equals_ignoring_case(name, "Date")) continue;
    if (equals_ignoring_case(name, "Content-Length")) {
      if (value == fmt::to_string(made.body.size())) continue;
      return fail(ErrorCode::kInvalidArgument,
                  "the header `Content-Length` is not the number of bytes of the body");
    }
    made.headers.add(std::move(name), std::move(value));
  }
  THEATER_TRY_VOID(check_answer(made));
  return made;
}

HttpAnswer host_answer(int status, std::string_view text) {
  HttpAnswer answer = HttpAnswer::text(status, fmt::format("{}\n", text));
  return answer;
}

HttpAnswer busy_answer(std::string_view text) {
  HttpAnswer answer = host_answer(503, text);
  answer.headers.add("Retry-After", "1");
  return answer;
}

}  // namespace theater
