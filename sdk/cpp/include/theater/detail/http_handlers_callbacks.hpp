// Calls of the callbacks of http_framework.hpp. The same for a guest and for a unit test.
#pragma once

#include "theater/detail/callbacks.hpp"
#include "theater/detail/http_server_types.hpp"
#include "theater/detail/http_types.hpp"

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace theater::http {

template <class T>
class Router;  // http_router.hpp

}  // namespace theater::http

namespace theater::detail {

// An actor that declares its routes, which then take the calls.
template <class T>
concept HasRoutes = requires(http::Router<T>& router) { T::routes(router); };

// The decision of a middleware, and the request as it left it.
struct Passed {
  bool proceed = false;
  http::Request request;
};

using WebSocketMessages = std::vector<websocket::Message>;

template <class T>
Result<Returned<http::Response>> call_http_request(KeptState kept, uint64_t handler,
                                                   const http::Request& request) {
  return run_callback<T, http::Response>(load<T>(kept), [&](T& a) -> Result<http::Response> {
    if constexpr (HasRoutes<T>)
      return http::Router<T>::answer(a, handler, request);
    else if constexpr (requires { a.handle_http_request(handler, request); })
      return a.handle_http_request(handler, request);
    else
      return fail("this actor answers no HTTP requests");
  });
}

template <class T>
Result<Returned<Passed>> call_middleware(KeptState kept, uint64_t handler, http::Request request) {
  return run_callback<T, Passed>(load<T>(kept), [&](T& a) -> Result<Passed> {
    bool proceed = false;
    if constexpr (HasRoutes<T>)
      proceed = THEATER_TRY(http::Router<T>::pass(a, handler, request));
    else if constexpr (requires { a.handle_middleware(handler, request); })
      proceed = THEATER_TRY(a.handle_middleware(handler, request));
    else
      return fail("this actor has no middleware");
    return Passed{proceed, std::move(request)};
  });
}

template <class T>
Result<Returned<Nothing>> call_websocket_connect(KeptState kept, uint64_t handler,
                                                 uint64_t connection, std::string_view path,
                                                 std::optional<std::string_view> subprotocol) {
  return run_callback<T, Nothing>(load<T>(kept), [&](T& a) {
    if constexpr (HasRoutes<T>)
      return nothing(http::Router<T>::connect(a, handler, connection, path, subprotocol));
    else if constexpr (requires {
                         a.handle_websocket_connect(handler, connection, path, subprotocol);
                       })
      return nothing(a.handle_websocket_connect(handler, connection, path, subprotocol));
    else
      return Result<Nothing>(Nothing{});
  });
}

template <class T>
Result<Returned<WebSocketMessages>> call_websocket_message(KeptState kept, uint64_t handler,
                                                           uint64_t connection,
                                                           const websocket::Message& message) {
  return run_callback<T, WebSocketMessages>(load<T>(kept), [&](T& a) -> Result<WebSocketMessages> {
    if constexpr (HasRoutes<T>)
      return http::Router<T>::message(a, handler, connection, message);
    else if constexpr (requires { a.handle_websocket_message(handler, connection, message); })
      return a.handle_websocket_message(handler, connection, message);
    else
      return WebSocketMessages();
  });
}

template <class T>
Result<Returned<Nothing>> call_websocket_disconnect(KeptState kept, uint64_t handler,
                                                    uint64_t connection) {
  return run_callback<T, Nothing>(load<T>(kept), [&](T& a) {
    if constexpr (HasRoutes<T>)
      return nothing(http::Router<T>::disconnect(a, handler, connection));
    else if constexpr (requires { a.handle_websocket_disconnect(handler, connection); })
      return nothing(a.handle_websocket_disconnect(handler, connection));
    else
      return Result<Nothing>(Nothing{});
  });
}

}  // namespace theater::detail
