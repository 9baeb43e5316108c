// What a client of a forward proxy asks for, read strictly from its first bytes.
//
// One port takes three ways out: plain HTTP (`GET http://host/path`), a tunnel by HTTP (`CONNECT
// host:port`), and a tunnel by SOCKS5 (RFC 1928). A first byte of 0x05 is SOCKS. Of SOCKS the proxy
// knows CONNECT without a login, and names as well as addresses.
//
// The host is read as the host of a URL (url.h), whichever way it came. So a rule about hosts sees
// one text for one host: small letters, no dot at the end, addresses in their only form.
#pragma once

#include "theater/base/bytes.h"
#include "theater/net/http_limits.h"
#include "theater/net/request_parser.h"
#include "theater/net/url.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace theater {

// Value type.
struct ProxyRequest {
  enum class Way : uint8_t {
    kForward,  // Plain HTTP: one request, and its answer.
    kConnect,  // A tunnel, asked for by HTTP.
    kSocks,    // A tunnel, asked for by SOCKS5.
  };

  Way way = Way::kForward;
  Url url;            // Of a tunnel: its host and its port, and no more.
  HttpRequest head;   // Of plain HTTP: the request as it came, without its body.
  HeadFacts facts{};  // Of plain HTTP.

  // The method of HTTP; `CONNECT` for a tunnel of either kind.
  std::string_view method() const;
  // The host and the port, always with the port.
  std::string authority() const;
  // `GET http://host/` without the path and the query, or `CONNECT host:port`; for messages.
  std::string to_string() const;
};

// What becomes of a request, as its client hears it.
enum class ProxyVerdict : uint8_t {
  kConnected,
  kMalformed,  // The client speaks no protocol of the proxy.
  kDenied,     // A rule refuses it.
  kNoHost,     // The name has no address.
  kRefused,    // No address of the host takes the connection.
  kLate,       // The host did not answer in time.
  kNoRoom,     // The proxy has too much to do.
  kBroken,     // The server's answer is no HTTP.
};

// The bytes that tell the client. `why` is a sentence for HTTP, which becomes the body; SOCKS has a
// number alone. kConnected has no bytes for plain HTTP, where the server answers.
std::string proxy_answer(ProxyRequest::Way way, ProxyVerdict verdict, std::string_view why);

// Reads the request of one connection. Not thread-safe.
class ProxyRequestReader {
 public:
  enum class State : uint8_t {
    kMore,
    kRead,     // request() has it. What follows in the input belongs to its body or its tunnel.
    kRefused,  // The client speaks no protocol of the proxy; take_reply() has what it is told.
  };

  // Of `limits`, those of a head count. They outlive the reader.
  explicit ProxyRequestReader(const HttpLimits& limits)
      : parser_(limits, TargetForm::kProxy), limits_(limits) {}

  // Takes what it can off the front of `input`; the rest must be fed again, with more behind it.
  State feed(ByteView& input);

  // Bytes for the client; empty if there are none.
  std::string take_reply() { return std::exchange(reply_, {}); }
  // In kRead.
  const ProxyRequest& request() const { return request_; }
  ProxyRequest take() { return std::move(request_); }

 private:
  enum class Protocol : uint8_t { kUnknown, kHttp, kSocksGreeting, kSocksRequest };

  State feed_http(ByteView& input);
  State read_http();
  State feed_greeting(ByteView& input);
  State feed_socks_request(ByteView& input);
  State read_socks(const Result<Url>& url);
  State refuse_http(int status, std::string_view why);
  State refuse_socks(uint8_t code);

  RequestParser parser_;
  const HttpLimits& limits_;
  Protocol protocol_ = Protocol::kUnknown;
  State state_ = State::kMore;
  ProxyRequest request_;
  std::string reply_;
};

}  // namespace theater
