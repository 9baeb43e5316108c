// An actor in a unit test, without Wasm: compile its source for the machine at hand and drive it.
//
//   #include "counter.cpp"
//   #include <theater/testing.hpp>
//
//   theater::testing::TestActor<Counter> actor;
//   actor.init(R"({"count": 3})");
//   actor.send("inc");
//   EXPECT_EQ(actor.request("get"), "4");
//
// Callbacks run as in a component, state bytes between them included; what the actor asks of its
// host goes to Host::current(), which a test reads and sets. `g++ -std=c++23
// -I$THEATER_SDK/cpp/include` is enough to compile one.
#pragma once

#include "theater/actor.hpp"
#include "theater/detail/callbacks.hpp"
#include "theater/detail/native_host.hpp"
#include "theater/http_answer.hpp"
#include "theater/http_client.hpp"
#include "theater/http_framework.hpp"
#include "theater/http_messages.hpp"
#include "theater/http_stream.hpp"
#include "theater/intervals.hpp"
#include "theater/message_server.hpp"
#include "theater/process.hpp"
#include "theater/supervisor.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace theater::testing {

// One actor and the state that is kept for it. Each function answers as the guest would.
template <class T>
class TestActor {
 public:
  // Starts the actor with an initial state, which is JSON. A second call starts it anew.
  Status init(std::optional<std::string> initial = std::nullopt) {
    state_ = std::move(initial);
    return keep(detail::call_init<T>(kept(), Host::current().actor_id));
  }

  Status send(std::string_view message) { return keep(detail::call_send<T>(kept(), message)); }

  // The answer, or none if the actor answers later.
  Result<Reply> request(std::string_view message, std::string_view request_id = "request-1") {
    auto returned = detail::call_request<T>(kept(), request_id, message);
    if (!returned) return fail(returned.error());
    if (!returned->value) Host::current().outstanding.push_back(std::string(request_id));
    state_ = std::move(returned->state);
    return std::move(returned->value);
  }

  Result<ChannelAccept> channel_open(std::string_view channel_id, std::string_view message) {
    auto returned = detail::call_channel_open<T>(kept(), channel_id, message);
    if (!returned) return fail(returned.error());
    state_ = std::move(returned->state);
    if (returned->value.accepted) Host::current().channels.push_back(std::string(channel_id));
    return std::move(returned->value);
  }

  Status channel_message(std::string_view channel_id, std::string_view message) {
    return keep(detail::call_channel_message<T>(kept(), channel_id, message));
  }

  // The other side closes the channel.
  Status channel_close(std::string_view channel_id) {
    std::erase(Host::current().channels, channel_id);
    return keep(detail::call_channel_close<T>(kept(), channel_id));
  }

  // A child has failed, has ended itself, or was stopped by somebody else.
  Status child_error(std::string_view child_id, const ActorError& error) {
    std::erase(Host::current().children, child_id);
    return keep(detail::call_child_error<T>(kept(), child_id, error));
  }

  Status child_exit(std::string_view child_id,
                    std::optional<std::string_view> data = std::nullopt) {
    std::erase(Host::current().children, child_id);
    return keep(detail::call_child_exit<T>(kept(), child_id, data));
  }

  Status child_external_stop(std::string_view child_id) {
    std::erase(Host::current().children, child_id);
    return keep(detail::call_child_external_stop<T>(kept(), child_id));
  }

  // An interval ticks, whether the actor has started it or not.
  Status tick(std::string_view name, uint64_t missed = 0) {
    return keep(detail::call_tick<T>(kept(), name, missed));
  }

  // The events of a stream that the actor has opened; the last two close it. If the actor has
  // cancelled the stream, it is an event that was waiting.
  Status stream_head(uint64_t id, uint16_t status, http::Headers headers = {}) {
    THEATER_TRY_VOID(Host::current().check_event(id));
    return stream_event(id, {.kind = StreamKind::kHead, .status = status, .headers = headers});
  }

  Status stream_data(uint64_t id, std::string_view data) {
    THEATER_TRY_VOID(Host::current().check_event(id));
    return stream_event(id, {.kind = StreamKind::kData, .data = data});
  }

  Status stream_end(uint64_t id) {
    THEATER_TRY_VOID(Host::current().check_event(id));
    Host::current().streams.erase(id);
    return stream_event(id, {.kind = StreamKind::kEnd});
  }

  Status stream_failed(uint64_t id, std::string_view error) {
    THEATER_TRY_VOID(Host::current().check_event(id));
    Host::current().streams.erase(id);
    return stream_event(id, {.kind = StreamKind::kFailed, .error = error});
  }

  // A request to the server that the actor runs, with a path and a query for its uri. The test's
  // host finds the route, as a node does: its answers are 404 and 405, and 403 for a middleware
  // that ends the request. Fails if no server runs, and where the actor answers with an error, for
  // which a node answers 500.
  Result<http::Response> http(http::Request request) {
    uint64_t id = THEATER_TRY(running_server());
    return answer(id, std::move(request));
  }

  Result<http::Response> http_get(std::string_view uri) { return http({.uri = std::string(uri)}); }

  Result<http::Response> http_post(std::string_view uri, std::string_view body) {
    return http({.method = "POST", .uri = std::string(uri), .body = std::string(body)});
  }

  // A client opens a WebSocket; its id. Fails if no server runs, if the path takes none, and if the
  // actor refuses it.
  Result<uint64_t> websocket_open(std::string_view path,
                                  std::optional<std::string_view> subprotocol = std::nullopt) {
    uint64_t server = THEATER_TRY(running_server());
    Host& host = Host::current();
    auto found = host.http_servers[server].websockets.find(std::string(path));
    if (found == host.http_servers[server].websockets.end())
      return fail("no WebSocket at " + std::string(path));
    uint64_t id = ++host.websockets_opened;
    if (std::optional<uint64_t> handler = found->second.connect_handler) {
      THEATER_TRY_VOID(
          keep(detail::call_websocket_connect<T>(kept(), *handler, id, path, subprotocol)));
    }
    host.websockets[id] = {.server = server, .path = std::string(path), .sent = {}};
    return id;
  }

  // A client sends a message. The actor's answers are then the last of the connection's `sent`.
  Status websocket_message(uint64_t id, const websocket::Message& message) {
    uint64_t handler = THEATER_TRY(websocket_path(id))->message_handler;
    auto returned = detail::call_websocket_message<T>(kept(), handler, id, message);
    if (!returned) return fail(returned.error());
    state_ = std::move(returned->state);
    auto open = Host::current().websockets.find(id);
    // The actor may have closed it.
    if (open == Host::current().websockets.end()) return {};
    for (websocket::Message& sent : returned->value)
      open->second.sent.push_back(std::move(sent));
    return {};
  }

  // A client closes a WebSocket, or is gone.
  Status websocket_close(uint64_t id) {
    std::optional<uint64_t> handler = THEATER_TRY(websocket_path(id))->disconnect_handler;
    Host::current().websockets.erase(id);
    if (!handler) return {};
    return keep(detail::call_websocket_disconnect<T>(kept(), *handler, id));
  }

  // The events of an answer that the actor has kept open. At the first, the client has read all.
  Status answer_room(uint64_t id) {
    OpenAnswer* open = THEATER_TRY(Host::current().find_answer(id));
    open->taken = open->written.size();
    return keep(detail::call_answer<T>(kept(), id, {http_answer::Event::Kind::kRoom}));
  }

  Status answer_gone(uint64_t id, std::string_view error) {
    THEATER_TRY(Host::current().find_answer(id))->end = AnswerEnd::kGone;
    return keep(detail::call_answer<T>(kept(), id, {http_answer::Event::Kind::kGone, error}));
  }

  // A process prints, and ends. Its actor must be running it.
  Status process_stdout(uint64_t id, std::string_view bytes) {
    THEATER_TRY(running_process(id));
    return keep(detail::call_stdout<T>(kept(), id, bytes));
  }
  Status process_stderr(uint64_t id, std::string_view bytes) {
    THEATER_TRY(running_process(id));
    return keep(detail::call_stderr<T>(kept(), id, bytes));
  }
  Status process_exit(uint64_t id, int32_t exit_code) {
    THEATER_TRY(running_process(id))->exit_code = exit_code;
    return keep(detail::call_exit<T>(kept(), id, exit_code));
  }

  // What is kept between calls.
  const std::optional<std::string>& state() const { return state_; }

  // The struct that a callback would be called on now.
  Result<T> actor() const { return detail::load<T>(kept()); }

 private:
  using StreamKind = http_stream::Event::Kind;

  Status stream_event(uint64_t id, const http_stream::Event& event) {
    return keep(detail::call_stream<T>(kept(), id, event));
  }

  static Result<StartedProcess*> running_process(uint64_t id) {
    StartedProcess* process = THEATER_TRY(Host::current().find_process(id));
    if (!process->is_running()) return fail("process " + std::to_string(id) + " has ended");
    return process;
  }

  static Result<uint64_t> running_server() {
    for (const auto& [id, server] : Host::current().http_servers)
      if (server.is_running) return id;
    return fail("this actor runs no server");
  }

  static Result<WebSocketPath*> websocket_path(uint64_t id) {
    Host& host = Host::current();
    auto open = host.websockets.find(id);
    if (open == host.websockets.end())
      return fail("WebSocket connection not found: " + std::to_string(id));
    return &host.http_servers[open->second.server].websockets[open->second.path];
  }

  // The request as the middlewares before its path leave it; none if one of them ends it.
  Result<std::optional<http::Request>> pass_middlewares(uint64_t server, http::Request request) {
    auto middlewares = Host::current().http_servers[server].middlewares;
    for (const auto& [id, middleware] : middlewares) {
      if (!is_at_or_below(http::path(request), middleware.path)) continue;
      auto returned = detail::call_middleware<T>(kept(), middleware.handler, std::move(request));
      if (!returned) return fail(returned.error());
      state_ = std::move(returned->state);
      if (!returned->value.proceed) return std::optional<http::Request>();
      request = std::move(returned->value.request);
    }
    return std::optional(std::move(request));
  }

  Result<http::Response> answer(uint64_t server, http::Request request) {
    std::optional<http::Request> passed = THEATER_TRY(pass_middlewares(server, std::move(request)));
    if (!passed) return http::Response{.status = 403};
    FoundRoute found =
        find_route(Host::current().http_servers[server], passed->method, http::path(*passed));
    if (found.route == nullptr) return http::Response{.status = found.status};
    for (auto& [name, value] : found.parameters)
      passed->headers.push_back({"X-Route-Param-" + name, std::move(value)});
    Host::current().may_open_answer = true;
    auto returned = detail::call_http_request<T>(kept(), found.route->handler, *passed);
    Host::current().may_open_answer = false;
    if (!returned) return fail(returned.error());
    state_ = std::move(returned->state);
    return std::move(returned->value);
  }

  detail::KeptState kept() const {
    if (!state_) return std::nullopt;
    return *state_;
  }

  Status keep(Result<detail::Returned<detail::Nothing>> returned) {
    if (!returned) return fail(std::move(returned).error());
    state_ = std::move(returned->state);
    return {};
  }

  std::optional<std::string> state_;
};

}  // namespace theater::testing
