// The functions of http_framework.hpp in a unit test.
#pragma once

#include "theater/detail/native_host.hpp"

namespace theater::http_framework {

inline Result<uint64_t> create_server(const http::ServerConfig& config) {
  testing::Host& host = testing::Host::current();
  if (host.on_create_server) THEATER_TRY_VOID(host.on_create_server(config));
  uint64_t id = ++host.http_ids;
  host.http_servers[id] = {.config = config, .port = config.port};
  return id;
}

inline Result<http::ServerInfo> get_server_info(uint64_t server) {
  testing::HttpServer* found = THEATER_TRY(testing::Host::current().find_server(server));
  return http::ServerInfo{.id = server,
                          .port = found->port,
                          .host = found->config.host,
                          .is_running = found->is_running,
                          .routes = static_cast<uint32_t>(found->routes.size()),
                          .middlewares = static_cast<uint32_t>(found->middlewares.size()),
                          .has_websockets = !found->websockets.empty()};
}

inline Result<uint16_t> start_server(uint64_t server) {
  testing::HttpServer* found = THEATER_TRY(testing::Host::current().find_server(server));
  if (found->is_running) return fail("Failed to start server: Server is already running");
  found->is_running = true;
  constexpr uint16_t kFreePort = 49152;
  if (found->port == 0) found->port = static_cast<uint16_t>(kFreePort + server);
  return found->port;
}

inline Status stop_server(uint64_t server) {
  testing::Host& host = testing::Host::current();
  testing::HttpServer* found = THEATER_TRY(host.find_server(server));
  if (!found->is_running) return fail("Failed to stop server: Server is not running");
  found->is_running = false;
  std::erase_if(host.websockets, [&](const auto& open) { return open.second.server == server; });
  return {};
}

inline Status destroy_server(uint64_t server) {
  testing::Host& host = testing::Host::current();
  testing::HttpServer* found = THEATER_TRY(host.find_server(server));
  if (found->is_running) THEATER_TRY_VOID(stop_server(server));
  host.http_servers.erase(server);
  return {};
}

inline Result<uint64_t> register_handler(std::string_view name) {
  if (name.empty()) return fail("Handler name cannot be empty");
  testing::Host& host = testing::Host::current();
  host.http_handlers[++host.http_ids] = name;
  return host.http_ids;
}

inline Result<uint64_t> add_route(uint64_t server, std::string_view path, std::string_view method,
                                  uint64_t handler) {
  testing::Host& host = testing::Host::current();
  testing::HttpServer* found = THEATER_TRY(host.find_server(server));
  THEATER_TRY_VOID(host.check_handler(path, handler));
  found->routes[++host.http_ids] = {std::string(path), std::string(method), handler};
  return host.http_ids;
}

inline Status remove_route(uint64_t route) {
  for (auto& [id, server] : testing::Host::current().http_servers)
    if (server.routes.erase(route) != 0) return {};
  return fail("Route not found: " + std::to_string(route));
}

inline Result<uint64_t> add_middleware(uint64_t server, std::string_view path, uint64_t handler) {
  testing::Host& host = testing::Host::current();
  testing::HttpServer* found = THEATER_TRY(host.find_server(server));
  THEATER_TRY_VOID(host.check_handler(path, handler));
  found->middlewares[++host.http_ids] = {std::string(path), handler};
  return host.http_ids;
}

inline Status remove_middleware(uint64_t middleware) {
  for (auto& [id, server] : testing::Host::current().http_servers)
    if (server.middlewares.erase(middleware) != 0) return {};
  return fail("Middleware not found: " + std::to_string(middleware));
}

inline Status enable_websocket(uint64_t server, std::string_view path,
                               std::optional<uint64_t> connect_handler, uint64_t message_handler,
                               std::optional<uint64_t> disconnect_handler) {
  testing::Host& host = testing::Host::current();
  testing::HttpServer* found = THEATER_TRY(host.find_server(server));
  for (uint64_t handler : {connect_handler.value_or(message_handler), message_handler,
                           disconnect_handler.value_or(message_handler)}) {
    THEATER_TRY_VOID(host.check_handler(path, handler));
  }
  found->websockets[std::string(path)] = {connect_handler, message_handler, disconnect_handler};
  return {};
}

inline Status send_websocket_message(uint64_t server, uint64_t connection,
                                     const websocket::Message& message) {
  testing::OpenWebSocket* open =
      THEATER_TRY(testing::Host::current().find_websocket(server, connection));
  open->sent.push_back(message);
  return {};
}

inline Status close_websocket(uint64_t server, uint64_t connection) {
  testing::Host& host = testing::Host::current();
  THEATER_TRY(host.find_websocket(server, connection));
  host.websockets.erase(connection);
  host.closed_websockets.push_back(connection);
  return {};
}

}  // namespace theater::http_framework

#define THEATER_DETAIL_HTTP_HANDLERS(Actor)                                                        \
  static_assert(                                                                                   \
      requires(::theater::http::Request request, ::theater::websocket::Message message) {          \
        ::theater::detail::call_http_request<Actor>(::theater::detail::KeptState(), 0, request);   \
        ::theater::detail::call_middleware<Actor>(::theater::detail::KeptState(), 0, request);     \
        ::theater::detail::call_websocket_connect<Actor>(::theater::detail::KeptState(), 0, 0, "", \
                                                         "");                                      \
        ::theater::detail::call_websocket_message<Actor>(::theater::detail::KeptState(), 0, 0,     \
                                                         message);                                 \
        ::theater::detail::call_websocket_disconnect<Actor>(::theater::detail::KeptState(), 0, 0); \
      });
