// A request to a server of the web and what becomes of it, as values.
//
// Requests come from guests, and answers from any server. So the parts of HTTP that frame a message
// or name its host are never the caller's: WebClient derives them from the URL and the body, and
// check_web_request() refuses them. A request that fails says why by one stable word and a
// sentence, and whether the server may have seen it.
#pragma once

#include "theater/base/bytes.h"
#include "theater/base/id.h"
#include "theater/base/result.h"
#include "theater/net/address.h"
#include "theater/net/http_message.h"
#include "theater/net/url.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace theater {

// Counts the requests of one client, from one.
using WebRequestId = Ordinal<struct WebRequestIdTag>;

// How long a request may take, and how large its answer may be. Value type.
struct WebBounds {
  // From the call of start() to the end of the TLS handshake.
  std::chrono::milliseconds connect_time{10'000};
  // From the last byte of the request to the end of the answer's head. Also the longest time for
  // which a server may take nothing of a body that it is sent.
  std::chrono::milliseconds head_time{120'000};
  // From the call of start() to the end of the answer. Zero: no bound, for answers that are read
  // while they are made.
  std::chrono::milliseconds total_time{120'000};
  // All heads of the answer, trailers too, as HTTP/1.1 writes them.
  size_t head_bytes_max = size_t{64} << 10;
  // The body as it is sent, without the frames of chunks. Content-Encoding stays as it is: the
  // caller gets the bytes of the server, so a small answer cannot become a large one here.
  uint64_t body_bytes_max = uint64_t{64} << 20;
};

// Value type.
struct WebRequest {
  std::string method = "GET";
  Url url;
  // Passes check_web_request(). Sent in this order. Without them, the client adds
  // `User-Agent: theater` and `Accept-Encoding: identity`, and nothing else.
  HttpHeaders headers;
  // Null or empty: none. Without one POST, PUT and PATCH say `Content-Length: 0`. HEAD has none: the
  // request fails as kInvalid.
  std::shared_ptr<const Bytes> body;
  // Connections, TLS sessions and answers of name lookups are shared only among requests of equal
  // pools and equal authorities. Empty: with no other request.
  std::string pool;
  WebBounds bounds;
  // Asked for each address that is not public, on the client's thread: before a connection to it,
  // and again before each request on a connection that is there. Empty: no such address.
  std::function<bool(const Url&, const IpAddress&)> allows_address = {};
  // PEM file of authorities that count in addition to the system's. Empty: the system's alone.
  std::filesystem::path authorities = {};
  // Called on the client's thread, once, directly before the headers go to libcurl. It may change
  // them or refuse. What it writes appears in no error and no callback, and the client wipes its
  // own copies. Its error's message becomes the failure's text.
  std::function<Result<void>(std::string_view method, const Url&, HttpHeaders&)> at_wire = {};
};

// Largest method and headers of a request together, as HTTP/1.1 writes them.
inline constexpr size_t kWebRequestHeadBytesMax = size_t{64} << 10;

// Fails with kInvalidArgument for what a caller may not ask:
//
//   a method that is no token of RFC 9110, TRACE and CONNECT
//   a header whose name is no token
//   a value with a control character other than a tab, or with a space or tab at an end
//   headers of the message's frame and of the connection: Host, Content-Length,
//     Transfer-Encoding, Connection, Upgrade, TE, Trailer, Expect, Keep-Alive, HTTP2-Settings and
//     all that begin with Proxy-
//   more bytes than kWebRequestHeadBytesMax
//
// The message names the header and never a value. Safe from any thread.
Result<void> check_web_request(std::string_view method, const HttpHeaders& headers);

// Whether a header frames a message or belongs to a connection: one that check_web_request() refuses,
// and that a proxy does not pass on.
bool is_header_of_the_client(std::string_view name);

// Why there is no answer, or no whole one. Value type.
struct WebFailure {
  enum class Kind : uint8_t {
    kTimeout,    // A time of the bounds is over.
    kRefused,    // No connection: refused, unreachable, or reset before the request.
    kTls,        // The handshake failed, or the certificate is not valid for the host.
    kTooLarge,   // The head or the body of the answer.
    kDenied,     // An address that is not public, or a rule of the caller's.
    kLookup,     // The host's name has no address, or its lookup failed.
    kProtocol,   // The answer is no valid HTTP.
    kCutOff,     // The connection ended before the whole answer.
    kRedirect,   // A redirection that cannot be followed, or one too many.
    kCancelled,  // The caller, or the end of the client.
    kNoRoom,     // A bound of this process is reached; it may work later.
    kInvalid,    // The request itself.
  };
  Kind kind = Kind::kInvalid;
  // A sentence for people and guests. It begins with the URL without its query, and names the next
  // step.
  std::string text;
  // Whether a byte of the request may have been sent, so that the server may have acted on it.
  bool may_have_left = false;
  // Set where web_failure_code() can say more than the kind does.
  std::optional<ErrorCode> code = {};

  bool operator==(const WebFailure&) const = default;
};

// Stable words: timeout, refused, tls, too-large, denied, lookup, protocol, cut-off, redirect,
// cancelled, no-room, invalid.
std::string_view web_failure_word(WebFailure::Kind kind);

// The code of an Error for this failure.
ErrorCode web_failure_code(const WebFailure& failure);

// A URL for messages: without its query, which may hold what is secret, and cut after 200 bytes.
std::string url_for_messages(const Url& url);

// The head of an answer. Interim answers (1xx) and trailers are left out. Value type.
struct WebHead {
  uint16_t status = 0;  // 200 to 999.
  // In the order of the server, duplicates too. Names are tokens; values are trimmed and have no
  // control characters but the tab.
  HttpHeaders headers;
  // Whether only the end of the connection marks the end of the body. A body that is cut off then
  // looks complete.
  bool ends_with_connection = false;
};

// Hears of one request. Called on the client's thread only, one call at a time: head() at most
// once, then data(), then over(). A call must not block, and must not destroy the client.
class WebReceiver {
 public:
  virtual ~WebReceiver() = default;
  virtual void head(WebHead head) = 0;
  // A part of the body, never empty. False: it was not taken. The client then reads nothing more,
  // and after resume() offers bytes that begin with these again.
  virtual bool data(ByteView bytes) = 0;
  // Exactly once, last. Nothing: the answer is whole.
  virtual void over(std::optional<WebFailure> why) = 0;
};

}  // namespace theater
