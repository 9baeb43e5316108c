// The server of a node's management API: the loop, the HTTP server and what the routes work on.
#pragma once

#include "theater/api/http/access.h"
#include "theater/api/node_service.h"
#include "theater/base/clock.h"
#include "theater/net/http_limits.h"
#include "theater/net/http_server.h"
#include "theater/net/io_loop.h"
#include "theater/net/tls_context.h"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

namespace theater::api {

// Made and used by one thread, which is not the loop's.
class ApiServer {
 public:
  // Listens nowhere yet. The node's parts outlive the server. `limits` are connection_limits().
  ApiServer(NodeParts parts, AccessRules rules, const HttpLimits& limits);
  // close() without time for what is in progress.
  ~ApiServer();
  ApiServer(const ApiServer&) = delete;
  ApiServer& operator=(const ApiServer&) = delete;

  // Fail as HttpServer::listen_unix() and listen_tcp() do. With an identity, TCP connections speak
  // TLS only.
  Result<void> listen_unix(const std::filesystem::path& path,
                           SocketUsers users = SocketUsers::kOwner);
  Result<uint16_t> listen_tcp(const std::string& address, uint16_t port,
                              const TlsIdentity* identity = nullptr);

  // Lets routes use the actors, once recovery is over.
  void set_ready() { service_.set_ready(); }

  // Takes no new connection, and ends streams of events. Then the runtime may close, which answers
  // whatever waits for it.
  void stop_taking();

  // Sends the answers that there are, for `limit` at most, and drops what is left. Before the
  // runtime goes.
  void close(std::chrono::milliseconds limit);

 private:
  const AccessRules rules_;
  SystemClock clock_;
  NodeService service_;
  IoLoop loop_;
  std::unique_ptr<TlsContext> tls_;
  std::unique_ptr<HttpServer> http_;
};

}  // namespace theater::api
