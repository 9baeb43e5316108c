// The functions of http_framework.hpp in a guest.
#pragma once

#include "theater/detail/wasm_http_types.hpp"

#include <cstddef>

namespace theater::detail {

// result<u16, string>
struct RawPort {
  uint8_t tag;
  union {
    uint16_t port;
    Span error;
  };
};

// result<server-info, string>
struct RawServerInfo {
  uint8_t tag;
  union {
    struct {
      uint64_t id;
      uint16_t port;
      Span host;
      uint8_t running;
      uint32_t routes;
      uint32_t middlewares;
      uint8_t websocket_enabled;
    } info;
    Span error;
  };
};

static_assert(sizeof(RawPort) == 12 && sizeof(RawServerInfo) == 48);
static_assert(offsetof(RawServerInfo, info) == 8);

#define THEATER_DETAIL_FRAMEWORK_IMPORT(name) THEATER_DETAIL_IMPORT("http-framework", name)

THEATER_DETAIL_FRAMEWORK_IMPORT("create-server")
void theater_raw_create_server(int32_t has_port, uint32_t port, int32_t has_host, const char* host,
                               size_t host_size, int32_t has_tls, const char* certificate,
                               size_t certificate_size, const char* key, size_t key_size,
                               RawNumber<uint64_t>*);
THEATER_DETAIL_FRAMEWORK_IMPORT("get-server-info")
void theater_raw_get_server_info(uint64_t server, RawServerInfo*);
THEATER_DETAIL_FRAMEWORK_IMPORT("start-server")
void theater_raw_start_server(uint64_t server, RawPort*);
THEATER_DETAIL_FRAMEWORK_IMPORT("stop-server")
void theater_raw_stop_server(uint64_t server, Tagged*);
THEATER_DETAIL_FRAMEWORK_IMPORT("destroy-server")
void theater_raw_destroy_server(uint64_t server, Tagged*);
THEATER_DETAIL_FRAMEWORK_IMPORT("register-handler")
void theater_raw_register_handler(const char* name, size_t size, RawNumber<uint64_t>*);
THEATER_DETAIL_FRAMEWORK_IMPORT("add-route")
void theater_raw_add_route(uint64_t server, const char* path, size_t path_size, const char* method,
                           size_t method_size, uint64_t handler, RawNumber<uint64_t>*);
THEATER_DETAIL_FRAMEWORK_IMPORT("remove-route")
void theater_raw_remove_route(uint64_t route, Tagged*);
THEATER_DETAIL_FRAMEWORK_IMPORT("add-middleware")
void theater_raw_add_middleware(uint64_t server, const char* path, size_t size, uint64_t handler,
                                RawNumber<uint64_t>*);
THEATER_DETAIL_FRAMEWORK_IMPORT("remove-middleware")
void theater_raw_remove_middleware(uint64_t middleware, Tagged*);
THEATER_DETAIL_FRAMEWORK_IMPORT("enable-websocket")
void theater_raw_enable_websocket(uint64_t server, const char* path, size_t size,
                                  int32_t has_connect, uint64_t connect, uint64_t message,
                                  int32_t has_disconnect, uint64_t disconnect, Tagged*);
THEATER_DETAIL_FRAMEWORK_IMPORT("send-websocket-message")
void theater_raw_send_websocket_message(uint64_t server, uint64_t connection, int32_t kind,
                                        const char* other, size_t other_size, int32_t has_data,
                                        const char* data, size_t data_size, int32_t has_text,
                                        const char* text, size_t text_size, Tagged*);
THEATER_DETAIL_FRAMEWORK_IMPORT("close-websocket")
void theater_raw_close_websocket(uint64_t server, uint64_t connection, Tagged*);

#undef THEATER_DETAIL_FRAMEWORK_IMPORT

}  // namespace theater::detail

namespace theater::http_framework {

inline Result<uint64_t> create_server(const http::ServerConfig& config) {
  detail::Utf8 host(config.host);
  // The name stands where the interface has the paths of a certificate and of a key.
  detail::Utf8 name(config.key_pair ? *config.key_pair : std::string_view());
  detail::RawNumber<uint64_t> out;
  detail::theater_raw_create_server(1, config.port, 1, host.data(), host.size(),
                                    config.key_pair.has_value(), name.data(), name.size(),
                                    name.data(), name.size(), &out);
  return out.take();
}

inline Result<http::ServerInfo> get_server_info(uint64_t server) {
  detail::RawServerInfo out;
  detail::theater_raw_get_server_info(server, &out);
  if (out.tag != 0) return fail(out.error.take());
  return http::ServerInfo{.id = out.info.id,
                          .port = out.info.port,
                          .host = out.info.host.take(),
                          .is_running = out.info.running != 0,
                          .routes = out.info.routes,
                          .middlewares = out.info.middlewares,
                          .has_websockets = out.info.websocket_enabled != 0};
}

inline Result<uint16_t> start_server(uint64_t server) {
  detail::RawPort out;
  detail::theater_raw_start_server(server, &out);
  if (out.tag != 0) return fail(out.error.take());
  return out.port;
}

inline Status stop_server(uint64_t server) {
  detail::Tagged out;
  detail::theater_raw_stop_server(server, &out);
  return out.take_status();
}

inline Status destroy_server(uint64_t server) {
  detail::Tagged out;
  detail::theater_raw_destroy_server(server, &out);
  return out.take_status();
}

inline Result<uint64_t> register_handler(std::string_view name) {
  detail::Utf8 text(name);
  detail::RawNumber<uint64_t> out;
  detail::theater_raw_register_handler(text.data(), text.size(), &out);
  return out.take();
}

inline Result<uint64_t> add_route(uint64_t server, std::string_view path, std::string_view method,
                                  uint64_t handler) {
  detail::Utf8 place(path), verb(method);
  detail::RawNumber<uint64_t> out;
  detail::theater_raw_add_route(server, place.data(), place.size(), verb.data(), verb.size(),
                                handler, &out);
  return out.take();
}

inline Status remove_route(uint64_t route) {
  detail::Tagged out;
  detail::theater_raw_remove_route(route, &out);
  return out.take_status();
}

inline Result<uint64_t> add_middleware(uint64_t server, std::string_view path, uint64_t handler) {
  detail::Utf8 place(path);
  detail::RawNumber<uint64_t> out;
  detail::theater_raw_add_middleware(server, place.data(), place.size(), handler, &out);
  return out.take();
}

inline Status remove_middleware(uint64_t middleware) {
  detail::Tagged out;
  detail::theater_raw_remove_middleware(middleware, &out);
  return out.take_status();
}

inline Status enable_websocket(uint64_t server, std::string_view path,
                               std::optional<uint64_t> connect_handler, uint64_t message_handler,
                               std::optional<uint64_t> disconnect_handler) {
  detail::Utf8 place(path);
  detail::Tagged out;
  detail::theater_raw_enable_websocket(
      server, place.data(), place.size(), connect_handler.has_value(), connect_handler.value_or(0),
      message_handler, disconnect_handler.has_value(), disconnect_handler.value_or(0), &out);
  return out.take_status();
}

inline Status send_websocket_message(uint64_t server, uint64_t connection,
                                     const websocket::Message& message) {
  detail::Utf8 other(message.other), text(message.text ? *message.text : std::string_view());
  std::string_view data = message.data ? *message.data : std::string_view();
  detail::Tagged out;
  detail::theater_raw_send_websocket_message(server, connection, static_cast<int32_t>(message.kind),
                                             other.data(), other.size(), message.data.has_value(),
                                             data.data(), data.size(), message.text.has_value(),
                                             text.data(), text.size(), &out);
  return out.take_status();
}

inline Status close_websocket(uint64_t server, uint64_t connection) {
  detail::Tagged out;
  detail::theater_raw_close_websocket(server, connection, &out);
  return out.take_status();
}

}  // namespace theater::http_framework
