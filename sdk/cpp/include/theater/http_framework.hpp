// HTTP servers that an actor runs: theater:simple/http-framework and http-handlers.
//
// Most actors declare their routes and let http_router.hpp do the rest. These are the functions and
// the callbacks below it:
//
//   Status init(std::string_view) {
//     server = THEATER_TRY(http_framework::create_server({.port = 8080}));
//     hello = THEATER_TRY(http_framework::register_handler("hello"));
//     THEATER_TRY(http_framework::add_route(server, "/hello/{name}", "GET", hello));
//     THEATER_TRY(http_framework::start_server(server));
//     return {};
//   }
//   Result<http::Response> handle_http_request(uint64_t handler, const http::Request& request);
//
//   THEATER_ACTOR(Actor)
//   THEATER_HTTP_HANDLERS(Actor)
//
// Callbacks, each with the id of the handler that was registered for it:
//
//   Result<http::Response> handle_http_request(uint64_t handler, const http::Request& request);
//   Result<bool> handle_middleware(uint64_t handler, http::Request& request);
//   Status handle_websocket_connect(uint64_t handler, uint64_t connection, std::string_view path,
//                                   std::optional<std::string_view> subprotocol);
//   Result<std::vector<websocket::Message>> handle_websocket_message(
//       uint64_t handler, uint64_t connection, const websocket::Message& message);
//   Status handle_websocket_disconnect(uint64_t handler, uint64_t connection);
//
// A request's uri is its path and query. The node adds a header `X-Route-Param-NAME` for each
// parameter of the route's path; http_router.hpp reads it. An error of handle_http_request leaves
// the state as it was, and the client gets 500. A middleware may change the request, and false ends
// it with 403. An error of handle_websocket_connect refuses the connection with 403. The messages
// that handle_websocket_message returns are sent on its connection, in their order. A client that
// closes sends a message `kClose` first, with its code as two bytes in `data` and its reason in
// `text`. An actor without
// a callback accepts connections, ignores their messages, and answers all else with an error.
//
// A server, its routes and handlers belong to the actor, and come back with its state after a crash
// or an update, on the same port. WebSockets do not: the actor first gets the disconnect of each.
// The manifest must list the handler `http-framework`, and the operator must grant it.
#pragma once

#include "theater/actor.hpp"
#include "theater/detail/http_server_types.hpp"
#include "theater/detail/http_types.hpp"

#include <cstdint>
#include <optional>
#include <string_view>

namespace theater::http_framework {

// Makes a server that does not listen yet, and answers with its id.
Result<uint64_t> create_server(const http::ServerConfig& config = {});

// The present state of a server.
Result<http::ServerInfo> get_server_info(uint64_t server);

// Lets a server listen, and answers with its port.
Result<uint16_t> start_server(uint64_t server);

// Ends the listening, the requests in progress and the WebSockets. The routes stay.
Status stop_server(uint64_t server);

// Stops a server and forgets it, with its routes.
Status destroy_server(uint64_t server);

// An id with which the callbacks are called. The name is for readers of the chain.
Result<uint64_t> register_handler(std::string_view name);

// Hands the requests for a path and a method to a handler, and answers with the route's id. A path
// may hold parameters, each a whole segment: `{name}`, and at its end `{*rest}`.
Result<uint64_t> add_route(uint64_t server, std::string_view path, std::string_view method,
                           uint64_t handler);
Status remove_route(uint64_t route);

// Hands requests for `path` and for all below it to a handler first, and answers with the
// middleware's id.
Result<uint64_t> add_middleware(uint64_t server, std::string_view path, uint64_t handler);
Status remove_middleware(uint64_t middleware);

// Takes WebSockets on a path. Without a handler for it, each connection is accepted, and its end is
// not reported.
Status enable_websocket(uint64_t server, std::string_view path,
                        std::optional<uint64_t> connect_handler, uint64_t message_handler,
                        std::optional<uint64_t> disconnect_handler);

// Sends a message on a WebSocket when this call has returned. Fails if the connection is gone.
Status send_websocket_message(uint64_t server, uint64_t connection,
                              const websocket::Message& message);
Status close_websocket(uint64_t server, uint64_t connection);

}  // namespace theater::http_framework

#include "theater/detail/http_handlers_callbacks.hpp"

#if defined(__wasm__) && !defined(THEATER_NATIVE)
#include "theater/detail/wasm_http_framework.hpp"
#include "theater/detail/wasm_http_handlers.hpp"
#else
#include "theater/detail/native_http_framework.hpp"
#endif

// At namespace scope, once, after THEATER_ACTOR(Actor).
#define THEATER_HTTP_HANDLERS(Actor) THEATER_DETAIL_HTTP_HANDLERS(Actor)
