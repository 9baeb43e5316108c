// HTTP messages as values: what a client asks and what a server answers.
//
// The parts of HTTP that concern one connection alone (lengths, chunks, keep-alive) are not here.
// The server reads and writes them itself, so that no handler can get them wrong.
#pragma once

#include "theater/base/bytes.h"
#include "theater/base/id.h"

#include <sys/types.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace theater {

// Counts the connections of one server, from one.
using ConnectionId = Ordinal<struct ConnectionIdTag>;
// Counts the requests of one connection, from one.
using RequestId = Ordinal<struct RequestIdTag>;

// Whether two texts are equal when the case of ASCII letters does not count.
bool equals_ignoring_case(std::string_view left, std::string_view right);

// Without the spaces and tabs at both ends.
std::string_view trimmed(std::string_view text);

struct HttpHeader {
  std::string name;   // In the case that the sender used.
  std::string value;  // Any bytes without control characters, but for the tab.
  bool operator==(const HttpHeader&) const = default;
};

// The headers of a message, in their order. A name may occur more than once. Names are compared
// without regard to case. Value type.
class HttpHeaders {
 public:
  HttpHeaders() = default;
  HttpHeaders(std::initializer_list<HttpHeader> headers) : all_(headers) {}

  void add(std::string name, std::string value) {
    all_.push_back({std::move(name), std::move(value)});
  }
  // The first value of this name; valid as long as the headers are unchanged.
  std::optional<std::string_view> find(std::string_view name) const;
  // How many headers have this name.
  size_t count(std::string_view name) const;

  // Overwrites the values with zeros, before memory with secrets is freed.
  void wipe_values();

  size_t size() const { return all_.size(); }
  auto begin() const { return all_.begin(); }
  auto end() const { return all_.end(); }
  bool operator==(const HttpHeaders&) const = default;

 private:
  std::vector<HttpHeader> all_;
};

// Whether a comma-separated header such as Connection contains `token`, in any of its occurrences.
bool has_token(const HttpHeaders& headers, std::string_view name, std::string_view token);

// Who may connect to a Unix socket of a server.
enum class SocketUsers : uint8_t {
  kOwner,     // The user who made it, and root: mode 0600.
  kEveryone,  // All users who reach the file: mode 0666.
};

// The process at the other end of a Unix socket, as the kernel knew it when it connected.
struct UnixPeer {
  uid_t user = 0;
  gid_t group = 0;
  pid_t process = 0;
  bool operator==(const UnixPeer&) const = default;
};

// The other end of a connection. Value type.
struct HttpPeer {
  // A literal address, for TCP. An IPv4 address has its own form, also on an IPv6 socket.
  std::string address;
  uint16_t port = 0;
  std::optional<UnixPeer> unix_peer;               // Set for a Unix socket, and only there.
  SocketUsers socket_users = SocketUsers::kOwner;  // Of a Unix socket.

  // Whether it is a Unix socket that only the owner and root may connect to.
  bool is_on_own_socket() const { return unix_peer && socket_users == SocketUsers::kOwner; }
};

// What TLS settled on for a connection.
struct TlsFacts {
  std::string protocol;     // Such as "TLSv1.3".
  std::string cipher;       // OpenSSL's name for the cipher suite.
  std::string server_name;  // The name that the client asked for; empty if it asked for none.
};

// A request with its whole body. Value type.
struct HttpRequest {
  ConnectionId connection;
  RequestId id;
  std::string method;     // A token; case matters.
  std::string target;     // As sent: `/path?query`, or `*` with OPTIONS.
  int version_minor = 1;  // HTTP/1.0 or HTTP/1.1.
  HttpHeaders headers;
  Bytes body;
  HttpPeer peer;
  std::optional<TlsFacts> tls;  // Nothing on a plain connection.
  // Of a body: what HttpHandlers::admit gave. Shared, because the connection or the request may end
  // first.
  std::shared_ptr<void> hold;
  // True once the client has gone before its answer: its connection has ended, or with
  // EndOfInput::kIsAbsence (http_server.h) its input has. Set by the loop thread; any thread may
  // read it. Shared, because the connection or the request may end first.
  std::shared_ptr<const std::atomic<bool>> client_has_gone;

  // The target up to the first `?`, not decoded.
  std::string_view path() const;
  // The target after the first `?`, not decoded; empty if there is none.
  std::string_view query() const;
  // Whether the client asks to continue in the WebSocket protocol.
  bool wants_web_socket() const;
};

// An answer with its whole body, or the head of one that is streamed. Value type.
struct HttpAnswer {
  int status = 200;
  HttpHeaders headers;
  Bytes body;

  // An answer of plain text.
  static HttpAnswer text(int status, std::string_view text);
};

// The words that go with a status, such as "Not Found"; empty for a status without any.
std::string_view http_reason(int status);

}  // namespace theater
