// A small HTTP/1.1 client for the node's own server, on a Unix socket or over TCP.
//
//   auto client = THEATER_TRY(HttpClient::connect(HttpEndpoint::at_path(path), options));
//   HttpAnswer answer = THEATER_TRY(client->send({.method = "GET", .target = "/v1/actors"}));
//
// It is for commands that ask and wait: all calls block, up to a deadline. It follows no redirection
// and keeps no cookies. Before it sends anything on a Unix socket it checks which user listens
// there, because another user could have put a socket of their own in its place.
#pragma once

#include "theater/base/bytes.h"
#include "theater/base/result.h"
#include "theater/net/http_message.h"
#include "theater/net/server_sent_events.h"

#include <sys/types.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace theater {

// Where a server listens. Value type.
struct HttpEndpoint {
  std::filesystem::path unix_path;  // Empty for TCP.
  std::string host;                 // A name or a literal address.
  uint16_t port = 0;
  bool uses_tls = false;

  static HttpEndpoint at_path(std::filesystem::path path) {
    return {std::move(path), {}, 0, false};
  }
  static HttpEndpoint tcp(std::string host, uint16_t port) {
    return {{}, std::move(host), port, false};
  }
  static HttpEndpoint tls(std::string host, uint16_t port) {
    return {{}, std::move(host), port, true};
  }

  // For messages, and the value of the Host header.
  std::string to_string() const;
  std::string host_header() const;
};

struct HttpClientOptions {
  // Until the connection is ready, handshake included.
  std::chrono::milliseconds connect_time{10'000};
  // Between two signs of progress of a request: bytes that leave, or bytes that come. The server
  // may need all of it before it answers.
  std::chrono::milliseconds wait_time{60'000};
  // Of the body of an answer that is read as a whole.
  size_t body_bytes_max = size_t{64} << 20;
  // The users whose process may listen on a Unix socket; empty for the user of this process.
  std::vector<uid_t> trusted_users = {};
  // Authorities for TLS, PEM; empty for the system's.
  Bytes authorities = {};
};

// What a client asks. The client adds Host and the length of the body. Value type.
struct HttpCall {
  std::string method = "GET";
  std::string target = "/";
  HttpHeaders headers = {};
  Bytes body = {};
};

// Not thread-safe. One request at a time.
class HttpClient {
 public:
  // Fails with kUnavailable if nothing listens there, kPermissionDenied if a user who is not
  // trusted does, kDeadlineExceeded, kInvalidArgument for a path, a host or authorities that cannot
  // be used, and for a certificate that is not valid for the host; else kIo.
  static Result<std::unique_ptr<HttpClient>> connect(const HttpEndpoint& endpoint,
                                                     HttpClientOptions options = {});
  ~HttpClient();
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;

  // Sends a request and reads the whole answer, whatever its status. Fails with kUnavailable if the
  // connection ends before, kDeadlineExceeded, kResourceExhausted for a body over the limit,
  // kCorrupt for what is no valid HTTP, kInvalidArgument for a call that is none. After a failure
  // the client is closed.
  Result<HttpAnswer> send(const HttpCall& call);

  // Sends a request and reads the head of the answer; the body follows by read_some(). Fails as
  // send() does.
  Result<HttpAnswer> open(const HttpCall& call);
  // After open(): the next bytes of the body; empty at its end. Fails as send() does, and with
  // kDeadlineExceeded after `limit`; after that alone the stream can be read further.
  Result<Bytes> read_some(std::chrono::milliseconds limit);

  // Whether the server keeps the connection for a further request.
  bool is_open() const;

 private:
  class Connection;
  explicit HttpClient(std::unique_ptr<Connection> connection);

  const std::unique_ptr<Connection> connection_;
};

// Reads Server-Sent Events from an answer that the client has opened. Not thread-safe.
class EventReader {
 public:
  explicit EventReader(HttpClient& client) : client_(client) {}

  // The next event, or nothing at the end of the stream. Fails as HttpClient::read_some() and
  // EventParser::feed() do.
  Result<std::optional<ServerSentEvent>> next(std::chrono::milliseconds limit);

 private:
  HttpClient& client_;
  EventParser parser_;
  std::vector<ServerSentEvent> events_;
  size_t given_ = 0;  // Of the events.
};

}  // namespace theater
