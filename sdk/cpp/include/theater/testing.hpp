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
#include "theater/http_client.hpp"
#include "theater/http_stream.hpp"
#include "theater/intervals.hpp"
#include "theater/message_server.hpp"
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

  // What is kept between calls.
  const std::optional<std::string>& state() const { return state_; }

  // The struct that a callback would be called on now.
  Result<T> actor() const { return detail::load<T>(kept()); }

 private:
  using StreamKind = http_stream::Event::Kind;

  Status stream_event(uint64_t id, const http_stream::Event& event) {
    return keep(detail::call_stream<T>(kept(), id, event));
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
