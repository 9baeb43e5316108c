#include "theater/handlers/http_framework/http_framework_handler.h"

#include <utility>
#include <vector>

namespace theater {

namespace {

constexpr std::string_view kFramework = "theater:simple/http-framework";
constexpr std::string_view kAnswers = "theater:http-stream/server";

using Handler64 = std::optional<uint64_t>;

NeededGrant some_port() {
  return {"http-framework:ports=PORT", R"({ type = "http-framework", ports = [PORT] })"};
}

void add_server_functions(std::vector<HostFunction>& all) {
  using S = HttpFrameworkSession;
  auto refuses = [](S& session, uint64_t) { return session.refuses(); };
  all.push_back(
      internal(kFramework, "create-server",
               [](S& session, const ServerConfig& config) { return session.create_server(config); })
          .params({"config"})
          .needing(some_port())
          .unless(
              [](S& session, const ServerConfig& config) { return session.refuses_server(config); })
          .holding());
  all.push_back(read(kFramework, "get-server-info",
                     [](S& session, uint64_t server) { return session.server_info(server); })
                    .params({"server-id"})
                    .unless(refuses));
  all.push_back(internal(kFramework, "start-server",
                         [](S& session, Responder<S::Port> reply, uint64_t server) {
                           session.start_server(std::move(reply), server);
                         })
                    .params({"server-id"})
                    .unless(refuses)
                    .holding());
  all.push_back(internal(kFramework, "stop-server",
                         [](S& session, Responder<S::Done> reply, uint64_t server) {
                           session.stop_server(std::move(reply), server);
                         })
                    .params({"server-id"})
                    .unless(refuses)
                    .holding());
  all.push_back(internal(kFramework, "destroy-server",
                         [](S& session, Responder<S::Done> reply, uint64_t server) {
                           session.destroy_server(std::move(reply), server);
                         })
                    .params({"server-id"})
                    .unless(refuses)
                    .holding());
}

void add_route_functions(std::vector<HostFunction>& all) {
  using S = HttpFrameworkSession;
  auto refuses = [](S& session, uint64_t) { return session.refuses(); };
  all.push_back(
      internal(kFramework, "register-handler",
               [](S& session, std::string_view name) { return session.register_handler(name); })
          .params({"handler-name"})
          .unless([](S& session, std::string_view) { return session.refuses(); })
          .holding());
  all.push_back(
      internal(kFramework, "add-route",
               [](S& session, uint64_t server, std::string_view path, std::string_view method,
                  uint64_t handler) { return session.add_route(server, path, method, handler); })
          .params({"server-id", "path", "method", "handler-id"})
          .unless([](S& session, uint64_t server, std::string_view path, std::string_view method,
                     uint64_t) { return session.refuses_route(server, path, method); })
          .holding());
  all.push_back(internal(kFramework, "remove-route",
                         [](S& session, uint64_t route) { return session.remove_route(route); })
                    .params({"route-id"})
                    .unless(refuses)
                    .holding());
  all.push_back(internal(kFramework, "add-middleware",
                         [](S& session, uint64_t server, std::string_view path, uint64_t handler) {
                           return session.add_middleware(server, path, handler);
                         })
                    .params({"server-id", "path", "handler-id"})
                    .unless([](S& session, uint64_t, std::string_view, uint64_t) {
                      return session.refuses();
                    })
                    .holding());
  all.push_back(internal(kFramework, "remove-middleware",
                         [](S& session, uint64_t middleware) {
                           return session.remove_middleware(middleware);
                         })
                    .params({"middleware-id"})
                    .unless(refuses)
                    .holding());
}

void add_socket_functions(std::vector<HostFunction>& all) {
  using S = HttpFrameworkSession;
  all.push_back(
      internal(kFramework, "enable-websocket",
               [](S& session, uint64_t server, std::string_view path, Handler64 connect,
                  uint64_t message, Handler64 disconnect) {
                 return session.enable_web_socket(server, path, connect, message, disconnect);
               })
          .params({"server-id", "path", "connect-handler-id", "message-handler-id",
                   "disconnect-handler-id"})
          .unless([](S& session, uint64_t server, std::string_view path, Handler64, uint64_t,
                     Handler64) { return session.refuses_web_socket(server, path); })
          .holding());
  all.push_back(
      internal(kFramework, "send-websocket-message",
               [](S& session, uint64_t server, uint64_t connection, const SocketMessage& message) {
                 return session.send_message(server, connection, message);
               })
          .params({"server-id", "connection-id", "message"})
          .unless([](S& session, uint64_t, uint64_t, const SocketMessage&) {
            return session.refuses();
          })
          .removable());
  all.push_back(internal(kFramework, "close-websocket",
                         [](S& session, uint64_t server, uint64_t connection) {
                           return session.close_socket(server, connection);
                         })
                    .params({"server-id", "connection-id"})
                    .unless([](S& session, uint64_t, uint64_t) { return session.refuses(); }));
}

void add_answer_functions(std::vector<HostFunction>& all) {
  using S = HttpFrameworkSession;
  auto refuses = [](S& session, uint64_t) { return session.refuses(); };
  all.push_back(internal(kAnswers, "open", [](S& session) {
                  return session.open_answer();
                }).unless([](S& session) {
                    return session.refuses();
                  }).holding());
  all.push_back(internal(kAnswers, "write",
                         [](S& session, uint64_t number, ByteView bytes) {
                           return session.write_answer(number, bytes);
                         })
                    .params({"id", "bytes"})
                    .unless([](S& session, uint64_t, ByteView) { return session.refuses(); })
                    .removable());
  all.push_back(internal(kAnswers, "finish",
                         [](S& session, uint64_t number) { return session.finish_answer(number); })
                    .params({"id"})
                    .unless(refuses)
                    .holding());
  all.push_back(internal(kAnswers, "abort",
                         [](S& session, uint64_t number) { return session.abort_answer(number); })
                    .params({"id"})
                    .unless(refuses)
                    .holding());
}

std::vector<HostFunction> http_framework_functions() {
  std::vector<HostFunction> all;
  add_server_functions(all);
  add_route_functions(all);
  add_socket_functions(all);
  add_answer_functions(all);
  return all;
}

}  // namespace

HttpFrameworkHandler::HttpFrameworkHandler(std::shared_ptr<HttpPorts> ports,
                                           std::shared_ptr<KeyPairFiles> key_pairs)
    : Handler({.name = "http-framework",
               .host_functions = http_framework_functions(),
               .export_functions = framework_export_functions(),
               .type_interfaces = {"theater:simple/http-types", "theater:simple/websocket-types"},
               .handles_max = FrameworkRules::kServersMax + HttpFrameworkSession::kOpenAnswersMax}),
      parts_{std::move(ports), std::make_shared<ServerDoors>(), std::make_shared<BodyRoom>(),
             std::move(key_pairs)} {}

Result<std::unique_ptr<Session>> HttpFrameworkHandler::make_session(
    const SessionContext& context) const {
  return std::make_unique<HttpFrameworkSession>(context, parts_);
}

std::unique_ptr<Holdings> HttpFrameworkHandler::make_holdings() const {
  return std::make_unique<FrameworkHoldings>();
}

void HttpFrameworkHandler::actor_ended(const ActorId& id, const Manifest&, JobRunner&) const {
  parts_.doors->close_all(id);
}

}  // namespace theater
