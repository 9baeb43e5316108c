// An HTTP server for tests of the node: echoes bodies and messages, and tells what it was told.
#include <theater/json.hpp>
#include <theater/message_server.hpp>

#include "raw_http.hpp"

#ifndef THEATER_TEST_KEY_PAIR
#define THEATER_TEST_KEY_PAIR ""
#endif

#include <string>

using theater::Reply;
using theater::Result;
using theater::Status;

struct Web {
  uint64_t port = 0;
  uint64_t requests = 0;
  std::string gone;  // How many WebSockets have ended, as dots.
  THEATER_FIELDS(port, requests, gone)

  // An initial state may say the port.
  using Codec = theater::JsonCodec;

  Status init(std::string_view) {
    uint64_t server =
        THEATER_TRY(raw::create_server(static_cast<uint16_t>(port), THEATER_TEST_KEY_PAIR));
    uint64_t handler = THEATER_TRY(raw::register_handler("web"));
    for (std::string_view path :
         {"/", "/count", "/gone", "/bad", "/double", "/trap", "/items/{name}"})
      THEATER_TRY(raw::add_route(server, path, "GET", handler));
    THEATER_TRY(raw::add_route(server, "/echo", "POST", handler));
    THEATER_TRY_VOID(raw::enable_websocket(server, "/ws", handler));
    port = THEATER_TRY(raw::start_server(server));
    return {};
  }

  // `port`: the number of the port.
  Result<Reply> handle_request(std::string_view, std::string_view) { return std::to_string(port); }

  Result<raw::Response> answer(const raw::Request& request) {
    ++requests;
    raw::Response response;
    response.headers = {{"Content-Type", "text/plain"}, {"X-Twice", "1"}, {"X-Twice", "2"}};
    response.body = "hello";
    if (request.uri == "/count") response.body = std::to_string(requests);
    if (request.uri == "/gone") response.body = gone;
    if (request.uri == "/trap") __builtin_trap();
    if (request.uri == "/bad") response.headers = {{"X-A", "b\r\nX-Injected: 1"}};
    if (request.uri == "/double") response.headers = {{"Content-Length", "3"}};
    if (request.body) response.body = *request.body;
    if (request.uri.starts_with("/items/")) {
      response.body.clear();
      for (const auto& [name, value] : request.headers)
        response.body += name + ": " + value + "\n";
    }
    return response;
  }
};

THEATER_ACTOR(Web)
THEATER_MESSAGE_SERVER_CLIENT(Web)

namespace {

// Calls `change` with the actor and puts its new state.
template <class Change>
void* with_actor(int32_t some, const char* state, size_t size, Change change) {
  theater::detail::GivenState kept(some, state, size);
  auto returned = theater::detail::run_callback<Web, theater::detail::Nothing>(
      theater::detail::load<Web>(kept.view()),
      [&](Web& web) { return theater::detail::nothing(change(web)); });
  if (!returned) {
    raw::out().put_state(theater::fail(std::move(returned).error()));
  } else {
    raw::out().put_state(std::move(returned->state));
  }
  return raw::out().words;
}

}  // namespace

RAW_EXPORT("handle-request")
void* raw_handle_request(int32_t some, const char* state, size_t size, uint64_t, const char* method,
                         size_t method_size, const char* uri, size_t uri_size, raw::Span* headers,
                         size_t headers_count, int32_t has_body, const char* body,
                         size_t body_size) {
  raw::Request request;
  request.method = raw::Span{method, method_size}.take();
  request.uri = raw::Span{uri, uri_size}.take();
  request.headers = raw::take_headers(headers, headers_count);
  if (has_body != 0) request.body = raw::Span{body, body_size}.take();
  void* words = with_actor(some, state, size, [&](Web& web) -> Status {
    raw::out().response = THEATER_TRY(web.answer(request));
    return {};
  });
  raw::out().put_response();
  return words;
}

RAW_EXPORT("handle-middleware")
void* raw_handle_middleware(int32_t, const char*, size_t, uint64_t, const char*, size_t,
                            const char*, size_t, raw::Span*, size_t, int32_t, const char*, size_t) {
  raw::out().put_state(theater::fail("there is no middleware here"));
  return raw::out().words;
}

RAW_EXPORT("handle-websocket-connect")
void* raw_handle_connect(int32_t, const char*, size_t, uint64_t, uint64_t, const char*, size_t,
                         int32_t, const char*, size_t) {
  raw::out().put_state(theater::fail("there is no handler for this"));
  return raw::out().words;
}

RAW_EXPORT("handle-websocket-message")
void* raw_handle_message(int32_t some, const char* state, size_t size, uint64_t, uint64_t,
                         int32_t kind, const char* other, size_t other_size, int32_t has_data,
                         const char* data, size_t data_size, int32_t has_text, const char* text,
                         size_t text_size) {
  if (other_size != 0) raw::Given(other, other_size);
  bool is_binary = kind == 1;
  if (has_data != 0 && is_binary) raw::out().text = raw::Span{data, data_size}.take();
  if (has_data != 0 && !is_binary) raw::Given(data, data_size);
  if (has_text != 0) raw::out().text = raw::Span{text, text_size}.take();
  void* words = with_actor(some, state, size, [](Web&) { return Status(); });
  raw::out().put_message(is_binary);
  // Of a close, a ping or a pong nothing comes back.
  if (has_text == 0 && !is_binary) raw::out().words[5] = 0;
  return words;
}

RAW_EXPORT("handle-websocket-disconnect")
void* raw_handle_disconnect(int32_t some, const char* state, size_t size, uint64_t, uint64_t) {
  return with_actor(some, state, size, [](Web& web) {
    web.gone += ".";
    return Status();
  });
}
