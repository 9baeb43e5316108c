// The callbacks of http_framework.hpp as exports of a guest.
#pragma once

#include "theater/detail/http_handlers_callbacks.hpp"
#include "theater/detail/wasm_exports.hpp"
#include "theater/detail/wasm_http_types.hpp"
#include "theater/detail/wasm_texts.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace theater::detail {

// websocket-message
struct RawWebSocketMessage {
  uint8_t kind;
  Span other;
  uint8_t has_data;
  Span data;
  uint8_t has_text;
  Span text;
};
static_assert(sizeof(RawWebSocketMessage) == 36);

// The answer of the call in progress beside the ReturnArea, which has the state and the error.
struct HttpReturn {
  http::Response response = {};
  http::Request request = {};
  WebSocketMessages messages = {};
  std::optional<LoweredHeaders> headers = std::nullopt;
  LoweredTexts texts = {};  // The host reads them until the post-return function.
  std::vector<RawWebSocketMessage> raw_messages = {};
};

// One, since an instance is never entered twice at once; null between calls.
inline HttpReturn* http_return = nullptr;

inline void clear_http_return() {
  return_area().clear();
  delete http_return;
  http_return = nullptr;
}

inline void put_span(size_t at, const void* data, size_t size) {
  return_area().put_span(at, {static_cast<const char*>(data), size});
}

inline void put_text(size_t at, std::string_view text) {
  Span valid = http_return->texts.add(text);
  put_span(at, valid.data, valid.size);
}

inline void put_headers(size_t at, const http::Headers& headers) {
  const LoweredHeaders& lowered = http_return->headers.emplace(headers);
  put_span(at, lowered.data(), lowered.size());
}

inline void* give(Result<Returned<http::Response>> returned) {
  ReturnArea& area = return_area();
  if (!returned) return area.put_error(std::move(returned).error());
  area.put_state(std::move(returned->state));
  http_return = new HttpReturn{.response = std::move(returned->value)};
  area.words[4] = http_return->response.status;
  put_headers(5, http_return->response.headers);
  area.put_option(7, http_return->response.body);
  return area.words;
}

inline void* give(Result<Returned<Passed>> returned) {
  ReturnArea& area = return_area();
  if (!returned) return area.put_error(std::move(returned).error());
  area.put_state(std::move(returned->state));
  http_return = new HttpReturn{.request = std::move(returned->value.request)};
  area.words[4] = returned->value.proceed;
  put_text(5, http_return->request.method);
  put_text(7, http_return->request.uri);
  put_headers(9, http_return->request.headers);
  area.put_option(11, http_return->request.body);
  return area.words;
}

inline void* give(Result<Returned<WebSocketMessages>> returned) {
  ReturnArea& area = return_area();
  if (!returned) return area.put_error(std::move(returned).error());
  area.put_state(std::move(returned->state));
  http_return = new HttpReturn{.messages = std::move(returned->value)};
  for (const websocket::Message& message : http_return->messages) {
    std::string_view data = message.data ? *message.data : std::string_view();
    std::string_view text = message.text ? *message.text : std::string_view();
    http_return->raw_messages.push_back({.kind = static_cast<uint8_t>(message.kind),
                                         .other = http_return->texts.add(message.other),
                                         .has_data = message.data.has_value(),
                                         .data = {data.data(), data.size()},
                                         .has_text = message.text.has_value(),
                                         .text = http_return->texts.add(text)});
  }
  put_span(4, http_return->raw_messages.data(), http_return->raw_messages.size());
  return area.words;
}

// An option<list<u8>> or option<string> that the host gave.
inline std::optional<std::string> take_option(int32_t some, const char* data, size_t size) {
  if (some == 0) return std::nullopt;
  return Span{data, size}.take();
}

// The parameters of THEATER_DETAIL_HTTP_REQUEST as a request.
inline http::Request take_request(const char* method, size_t method_size, const char* uri,
                                  size_t uri_size, const RawHeader* headers, size_t header_count,
                                  int32_t has_body, const char* body, size_t body_size) {
  return {.method = Span{method, method_size}.take(),
          .uri = Span{uri, uri_size}.take(),
          .headers = take_headers({reinterpret_cast<const char*>(headers), header_count}),
          .body = take_option(has_body, body, body_size)};
}

}  // namespace theater::detail

// The names of the parameters of THEATER_DETAIL_HTTP_REQUEST.
#define THEATER_DETAIL_HTTP_REQUEST_NAMES \
  method, method_size, uri, uri_size, headers, header_count, has_body, body, body_size

#define THEATER_DETAIL_HTTP_POST_RETURN(name, function)                                       \
  extern "C" __attribute__((export_name(                                                      \
      "cabi_post_theater:simple/http-handlers#" name))) void theater_post_##function(void*) { \
    ::theater::detail::clear_http_return();                                                   \
  }

#define THEATER_DETAIL_HTTP_HANDLERS(Actor)                                                        \
  THEATER_DETAIL_TYPES_HTTP_HANDLERS                                                               \
  THEATER_DETAIL_EXPORT("http-handlers", "handle-request")                                         \
  void* theater_export_handle_http_request(int32_t some, const char* state, size_t state_size,     \
                                           uint64_t handler, THEATER_DETAIL_HTTP_REQUEST) {        \
    ::theater::detail::GivenState kept(some, state, state_size);                                   \
    ::theater::http::Request request =                                                             \
        ::theater::detail::take_request(THEATER_DETAIL_HTTP_REQUEST_NAMES);                        \
    return ::theater::detail::give(                                                                \
        ::theater::detail::call_http_request<Actor>(kept.view(), handler, request));               \
  }                                                                                                \
  THEATER_DETAIL_EXPORT("http-handlers", "handle-middleware")                                      \
  void* theater_export_handle_middleware(int32_t some, const char* state, size_t state_size,       \
                                         uint64_t handler, THEATER_DETAIL_HTTP_REQUEST) {          \
    ::theater::detail::GivenState kept(some, state, state_size);                                   \
    return ::theater::detail::give(::theater::detail::call_middleware<Actor>(                      \
        kept.view(), handler,                                                                      \
        ::theater::detail::take_request(THEATER_DETAIL_HTTP_REQUEST_NAMES)));                      \
  }                                                                                                \
  THEATER_DETAIL_EXPORT("http-handlers", "handle-websocket-connect")                               \
  void* theater_export_handle_websocket_connect(                                                   \
      int32_t some, const char* state, size_t state_size, uint64_t handler, uint64_t connection,   \
      const char* path, size_t path_size, int32_t has_subprotocol, const char* subprotocol,        \
      size_t subprotocol_size) {                                                                   \
    ::theater::detail::GivenState kept(some, state, state_size);                                   \
    ::theater::detail::Given place(path, path_size);                                               \
    ::theater::detail::GivenState protocol(has_subprotocol, subprotocol, subprotocol_size);        \
    return ::theater::detail::give(::theater::detail::call_websocket_connect<Actor>(               \
        kept.view(), handler, connection, place.view(), protocol.view()));                         \
  }                                                                                                \
  THEATER_DETAIL_EXPORT("http-handlers", "handle-websocket-message")                               \
  void* theater_export_handle_websocket_message(                                                   \
      int32_t some, const char* state, size_t state_size, uint64_t handler, uint64_t connection,   \
      int32_t kind, const char* other, size_t other_size, int32_t has_data, const char* data,      \
      size_t data_size, int32_t has_text, const char* text, size_t text_size) {                    \
    ::theater::detail::GivenState kept(some, state, state_size);                                   \
    using Message = ::theater::websocket::Message;                                                 \
    bool is_other = static_cast<Message::Kind>(kind) == Message::Kind::kOther;                     \
    Message message{                                                                               \
        .kind = static_cast<Message::Kind>(kind),                                                  \
        .data = ::theater::detail::take_option(has_data, data, data_size),                         \
        .text = ::theater::detail::take_option(has_text, text, text_size),                         \
        .other = ::theater::detail::take_option(is_other, other, other_size).value_or("")};        \
    return ::theater::detail::give(::theater::detail::call_websocket_message<Actor>(               \
        kept.view(), handler, connection, message));                                               \
  }                                                                                                \
  THEATER_DETAIL_EXPORT("http-handlers", "handle-websocket-disconnect")                            \
  void* theater_export_handle_websocket_disconnect(                                                \
      int32_t some, const char* state, size_t state_size, uint64_t handler, uint64_t connection) { \
    ::theater::detail::GivenState kept(some, state, state_size);                                   \
    return ::theater::detail::give(                                                                \
        ::theater::detail::call_websocket_disconnect<Actor>(kept.view(), handler, connection));    \
  }                                                                                                \
  THEATER_DETAIL_HTTP_POST_RETURN("handle-request", handle_http_request)                           \
  THEATER_DETAIL_HTTP_POST_RETURN("handle-middleware", handle_middleware)                          \
  THEATER_DETAIL_HTTP_POST_RETURN("handle-websocket-connect", handle_websocket_connect)            \
  THEATER_DETAIL_HTTP_POST_RETURN("handle-websocket-message", handle_websocket_message)            \
  THEATER_DETAIL_HTTP_POST_RETURN("handle-websocket-disconnect", handle_websocket_disconnect)
