#include "theater/net/proxy_request.h"

#include "theater/base/check.h"
#include "theater/net/address.h"
#include "theater/net/answer_head.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <utility>

namespace theater {

namespace {

using Way = ProxyRequest::Way;

// https://www.rfc-editor.org/rfc/rfc1928
constexpr uint8_t kSocksVersion = 5;
constexpr uint8_t kNoLogin = 0;
constexpr uint8_t kNoMethod = 0xff;
constexpr uint8_t kConnectCommand = 1;
constexpr uint8_t kIpv4 = 1;
constexpr uint8_t kName = 3;
constexpr uint8_t kIpv6 = 4;

enum SocksReply : uint8_t {
  kSucceeded = 0,
  kGeneralFailure = 1,
  kNotAllowed = 2,
  kHostUnreachable = 4,
  kConnectionRefused = 5,
  kTimeToLiveExpired = 6,
  kCommandUnknown = 7,
  kAddressTypeUnknown = 8,
};

std::string socks_reply(uint8_t code) {
  // The address that the proxy is bound to has no meaning for a client of ours.
  const std::array<char, 10> reply = {
      static_cast<char>(kSocksVersion), static_cast<char>(code), 0, kIpv4, 0, 0, 0, 0, 0, 0};
  return {reply.data(), reply.size()};
}

std::string http_reply(int status, std::string_view why) {
  HttpAnswer answer = HttpAnswer::text(status, why);
  std::string text;
  append_answer_head(text, answer, {.length = answer.body.size(), .closes = true});
  return text.append(as_text(answer.body));
}

SocksReply socks_code(ProxyVerdict verdict) {
  switch (verdict) {
    case ProxyVerdict::kConnected:
      return kSucceeded;
    case ProxyVerdict::kDenied:
      return kNotAllowed;
    case ProxyVerdict::kNoHost:
      return kHostUnreachable;
    case ProxyVerdict::kRefused:
      return kConnectionRefused;
    case ProxyVerdict::kLate:
      return kTimeToLiveExpired;
    case ProxyVerdict::kMalformed:
    case ProxyVerdict::kNoRoom:
    case ProxyVerdict::kBroken:
      break;
  }
  return kGeneralFailure;
}

int http_status(ProxyVerdict verdict) {
  switch (verdict) {
    case ProxyVerdict::kConnected:
      return 200;
    case ProxyVerdict::kMalformed:
      return 400;
    case ProxyVerdict::kDenied:
      return 403;
    case ProxyVerdict::kLate:
      return 504;
    case ProxyVerdict::kNoRoom:
      return 503;
    case ProxyVerdict::kNoHost:
    case ProxyVerdict::kRefused:
    case ProxyVerdict::kBroken:
      break;
  }
  return 502;
}

std::string_view text_at(ByteView bytes, size_t begin, size_t size) {
  return as_text(bytes).substr(begin, size);
}

// A host that has a colon is an IPv6 address, in brackets if it is to be read.
Result<Url> tunnel_to(std::string_view host, uint16_t port) {
  if (host.find_first_of("/?#@[]:\\") != host.npos) {
    return fail(ErrorCode::kInvalidArgument, "`{}` is no host", host);
  }
  return parse_url(fmt::format("http://{}:{}", host, port));
}

Result<Url> tunnel_to(const IpAddress& address, uint16_t port) {
  std::string text = address.to_string();
  bool is_ipv6 = text.find(':') != text.npos;
  return parse_url(is_ipv6 ? fmt::format("http://[{}]:{}", text, port)
                           : fmt::format("http://{}:{}", text, port));
}

// The target of CONNECT, whose characters have been checked: a host, a colon and a port.
Result<Url> tunnel_to(std::string_view authority) {
  size_t colon = authority.rfind(':');
  if (colon == authority.npos || authority.find(']', colon) != authority.npos) {
    return fail(ErrorCode::kInvalidArgument, "`{}` names no port", authority);
  }
  return parse_url(fmt::format("http://{}", authority));
}

uint16_t port_at(ByteView bytes, size_t at) {
  return static_cast<uint16_t>(bytes[at] << 8 | bytes[at + 1]);
}

}  // namespace

std::string_view ProxyRequest::method() const {
  return way == Way::kForward ? std::string_view(head.method) : "CONNECT";
}

std::string ProxyRequest::authority() const {
  return fmt::format("{}:{}", url.host.find(':') == url.host.npos ? url.host : "[" + url.host + "]",
                     url.port);
}

std::string ProxyRequest::to_string() const {
  if (way != Way::kForward) return fmt::format("CONNECT {}", authority());
  return fmt::format("{} http://{}/", head.method, url.authority());
}

std::string proxy_answer(Way way, ProxyVerdict verdict, std::string_view why) {
  if (way == Way::kSocks) return socks_reply(socks_code(verdict));
  if (verdict != ProxyVerdict::kConnected)
    return http_reply(http_status(verdict), fmt::format("{}\n", why));
  // https://www.rfc-editor.org/rfc/rfc9110#section-9.3.6: no framing in an answer to CONNECT.
  return way == Way::kConnect ? "HTTP/1.1 200 Connection Established\r\n\r\n" : "";
}

ProxyRequestReader::State ProxyRequestReader::refuse_http(int status, std::string_view why) {
  reply_ += http_reply(status, fmt::format("{}\n", why));
  return state_ = State::kRefused;
}

ProxyRequestReader::State ProxyRequestReader::refuse_socks(uint8_t code) {
  reply_ += socks_reply(code);
  return state_ = State::kRefused;
}

ProxyRequestReader::State ProxyRequestReader::feed(ByteView& input) {
  while (state_ == State::kMore && !input.empty()) {
    size_t before = input.size();
    Protocol protocol = protocol_;
    switch (protocol_) {
      case Protocol::kUnknown:
        protocol_ = input.front() == kSocksVersion ? Protocol::kSocksGreeting : Protocol::kHttp;
        break;
      case Protocol::kHttp:
        feed_http(input);
        break;
      case Protocol::kSocksGreeting:
        feed_greeting(input);
        break;
      case Protocol::kSocksRequest:
        feed_socks_request(input);
        break;
    }
    if (input.size() == before && protocol == protocol_) break;
  }
  return state_;
}

ProxyRequestReader::State ProxyRequestReader::feed_http(ByteView& input) {
  switch (parser_.feed(input)) {
    case RequestParser::State::kHead:
      return state_;
    case RequestParser::State::kHeadRead:
      return read_http();
    case RequestParser::State::kRefused:
      return refuse_http(parser_.refusal().status, parser_.refusal().why);
    case RequestParser::State::kBody:
    case RequestParser::State::kDone:
      break;
  }
  THEATER_CHECK(false, "a proxy reads no body");
  std::abort();
}

ProxyRequestReader::State ProxyRequestReader::read_http() {
  const HttpRequest& head = parser_.head();
  // Only this spelling is CONNECT; a server could take others for it, or for TRACE.
  bool is_tunnel = head.method == "CONNECT";
  if (!is_tunnel &&
      (equals_ignoring_case(head.method, "CONNECT") || equals_ignoring_case(head.method, "TRACE")))
    return refuse_http(405, fmt::format("The proxy does not forward {}.", head.method));
  if (is_tunnel && parser_.facts().framing != BodyFraming::kNone)
    return refuse_http(400, "CONNECT has no body.");
  Result<Url> url = is_tunnel ? tunnel_to(head.target) : parse_url(head.target);
  if (!url) return refuse_http(400, fmt::format("The target: {}.", url.error().message()));
  request_.way = is_tunnel ? Way::kConnect : Way::kForward;
  request_.url = *std::move(url);
  request_.facts = parser_.facts();
  request_.head = head;
  return state_ = State::kRead;
}

ProxyRequestReader::State ProxyRequestReader::feed_greeting(ByteView& input) {
  // VER, NMETHODS, METHODS.
  if (input.size() < 2 || input.size() < size_t{2} + input[1]) return state_;
  ByteView methods = input.subspan(2, input[1]);
  bool has_ours = std::find(methods.begin(), methods.end(), kNoLogin) != methods.end();
  input = input.subspan(2 + methods.size());
  reply_ += static_cast<char>(kSocksVersion);
  reply_ += static_cast<char>(has_ours ? kNoLogin : kNoMethod);
  if (!has_ours) return state_ = State::kRefused;
  protocol_ = Protocol::kSocksRequest;
  return state_;
}

ProxyRequestReader::State ProxyRequestReader::feed_socks_request(ByteView& input) {
  // VER, CMD, RSV, ATYP, DST.ADDR, DST.PORT.
  constexpr size_t kAddressAt = 4;
  if (input[0] != kSocksVersion) return refuse_socks(kGeneralFailure);
  if (input.size() < kAddressAt + 1) return state_;
  if (input[2] != 0) return refuse_socks(kGeneralFailure);
  if (input[1] != kConnectCommand) return refuse_socks(kCommandUnknown);
  uint8_t type = input[3];
  if (type != kIpv4 && type != kName && type != kIpv6) return refuse_socks(kAddressTypeUnknown);
  size_t host_at = type == kName ? kAddressAt + 1 : kAddressAt;
  size_t host_size = type == kName ? input[kAddressAt] : type == kIpv4 ? 4 : 16;
  size_t size = host_at + host_size + 2;
  if (input.size() < size) return state_;
  uint16_t port = port_at(input, host_at + host_size);
  ByteView whole = input.first(size);
  input = input.subspan(size);
  if (type == kName) return read_socks(tunnel_to(text_at(whole, host_at, host_size), port));
  if (type == kIpv4) {
    std::array<uint8_t, 4> bytes{};
    std::copy_n(whole.begin() + host_at, bytes.size(), bytes.begin());
    return read_socks(tunnel_to(IpAddress::v4(bytes), port));
  }
  std::array<uint8_t, 16> bytes{};
  std::copy_n(whole.begin() + host_at, bytes.size(), bytes.begin());
  return read_socks(tunnel_to(IpAddress::v6(bytes), port));
}

ProxyRequestReader::State ProxyRequestReader::read_socks(const Result<Url>& url) {
  if (!url) return refuse_socks(kHostUnreachable);
  request_.way = Way::kSocks;
  request_.url = *url;
  return state_ = State::kRead;
}

}  // namespace theater
