// An HTTP/1.1 server behind one interface: a request comes, an answer leaves.
//
//   IoLoop loop("api");
//   auto server = HttpServer::create(loop, {.handle = [](HttpRequest request, HttpResponder responder) {
//     responder.answer(HttpAnswer::text(200, "hello\n"));
//   }});
//   uint16_t port = THEATER_TRY(server->listen_tcp("127.0.0.1", 0));
//
// The server listens on TCP addresses and on Unix sockets, plain or with TLS. It reads requests
// strictly (request_head.h), bounds all that a client may take (http_limits.h), and writes the
// framing of answers itself (answer_head.h). The handler runs on the loop thread and answers by a
// HttpResponder, there or later from any thread.
#pragma once

#include "theater/base/clock.h"
#include "theater/base/open_files.h"
#include "theater/base/result.h"
#include "theater/net/connection_room.h"
#include "theater/net/http_handlers.h"
#include "theater/net/http_limits.h"
#include "theater/net/io_loop.h"
#include "theater/net/tls_context.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>

namespace theater {

// What the end of a client's input says while its request waits for an answer. A client may end its
// side and still read; hardly any client does, and most of those that end it have gone.
enum class EndOfInput : uint8_t {
  kIsNothing,  // The answer is sent.
  kIsAbsence,  // HttpRequest::client_has_gone becomes true, and the answer is sent nevertheless.
};

struct HttpServerOptions {
  HttpLimits limits = {};
  EndOfInput end_of_input = EndOfInput::kIsNothing;
  // Because of whom connections are open; those to the owner's socket are the owner's.
  FileHolder holder = FileHolder::kClient;
  // The source of the Date header; none without it. Outlives the server.
  const Clock* clock = nullptr;
  // Shared with other servers: a connection without a place there is refused. None without it.
  std::shared_ptr<ConnectionRoom> room = nullptr;
};

// Counts since the start, and what is open.
struct HttpServerCounts {
  uint64_t connections = 0;          // Accepted.
  uint64_t refused_connections = 0;  // Refused at a limit, or for lack of descriptors.
  uint64_t requests = 0;             // Given to the handler.
  size_t open_connections = 0;       // WebSockets included.
};

// Calls come from any thread but the loop's, one at a time.
class HttpServer {
 public:
  // `loop` outlives the server; it may serve others too.
  static std::unique_ptr<HttpServer> create(IoLoop& loop, HttpHandlers handlers,
                                            HttpServerOptions options = {});
  // Closes without waiting for answers.
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  // Listens on a literal address; with port 0 on a free port. Returns the port. With `tls`, which
  // outlives the server, each connection begins with a handshake. Fails as ListeningSocket::tcp().
  Result<uint16_t> listen_tcp(const std::string& address, uint16_t port, TlsContext* tls = nullptr);

  // The same with a context for each connection, so that the keys may change. `tls` is called on the
  // loop thread for each connection, and must not block; without a context the connection is refused.
  using TlsSource = std::function<std::shared_ptr<TlsContext>()>;
  Result<uint16_t> listen_tls(const std::string& address, uint16_t port, TlsSource tls);

  // Listens on a path, as ListeningSocket::at_path() does and with its errors.
  Result<void> listen_unix(const std::filesystem::path& path,
                           SocketUsers users = SocketUsers::kOwner);

  // Closes the listening sockets; connections stay.
  void stop_accepting();

  // Stops accepting, answers the requests that have come, closes WebSockets with 1001, and drops
  // what is left after `limit`. Afterwards the server has no descriptor and calls no handler.
  // Responders may still exist; their answers are dropped.
  void close(std::chrono::milliseconds limit);

  // Closes and destroys a server as close() and the destructor do, without waiting. From any thread.
  // The loop must exist until `gone`.
  struct Retirement {
    // Both are called once on the loop thread, and may be empty.
    std::function<void()> has_stopped_listening = {};
    std::function<void()> gone = {};
  };
  static void retire(std::unique_ptr<HttpServer> server, std::chrono::milliseconds limit,
                     Retirement steps);

  HttpServerCounts counts() const;

 private:
  class Core;
  explicit HttpServer(std::unique_ptr<Core> core);
  static void settle(std::shared_ptr<Core> core, std::function<void()> gone);

  std::unique_ptr<Core> core_;  // Null in a server that was retired.
};

}  // namespace theater
