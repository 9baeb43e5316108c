// Answers of a WebClient for tests: a receiver that keeps what it hears, and waits for it.
#pragma once

#include "theater/base/bytes.h"
#include "theater/base/guarded.h"
#include "theater/base/testing/must.h"
#include "theater/net/web_request.h"

#include <chrono>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>

namespace theater {

// Safe from any thread.
class WebAnswer final : public WebReceiver {
 private:
  struct State {
    explicit State(size_t most) : room(most) {}
    size_t room;
    std::optional<WebHead> head;
    Bytes body;
    bool is_paused = false;
    bool is_over = false;
    bool order_is_wrong = false;
    std::optional<WebFailure> failure;
  };

  template <class Change>
  void change(Change change) {
    state_.with(change);
    state_.notify_all();
  }
  template <class Read>
  auto read(Read read) const {
    return state_.with([&](const State& state) {
      if (state.order_is_wrong) throw std::runtime_error("the receiver was called out of order");
      return read(state);
    });
  }
  template <class Ready>
  void wait(Ready ready) const {
    bool came = state_.wait_for(kPatience, ready, ready);
    if (!came) throw std::runtime_error("the answer does not come");
  }

 public:
  // Longer than anything takes; then the test ends.
  static constexpr std::chrono::seconds kPatience{60};

  // Takes at most this many bytes of the body until take_all().
  explicit WebAnswer(size_t room = SIZE_MAX) : state_(room) {}

  void head(WebHead head) override {
    change([&](State& state) {
      if (state.is_over || state.head) state.order_is_wrong = true;
      state.head = std::move(head);
    });
  }
  bool data(ByteView bytes) override {
    bool takes = true;
    change([&](State& state) {
      if (state.is_over || !state.head || bytes.empty()) state.order_is_wrong = true;
      takes = state.body.size() + bytes.size() <= state.room;
      if (takes) append(state.body, bytes);
      if (!takes) state.is_paused = true;
    });
    return takes;
  }
  void over(std::optional<WebFailure> why) override {
    change([&](State& state) {
      if (state.is_over) state.order_is_wrong = true;
      state.is_over = true;
      state.failure = std::move(why);
    });
  }

  // Takes everything from here on; resume() must follow.
  void take_all() {
    change([](State& state) {
      state.room = SIZE_MAX;
      state.is_paused = false;
    });
  }

  // What went wrong; nothing if the answer is whole.
  std::optional<WebFailure> failure() const {
    wait([](const State& state) { return state.is_over; });
    return read([](const State& state) { return state.failure; });
  }
  // The word of the failure, or the status.
  std::string word() const {
    auto why = failure();
    return why ? std::string(web_failure_word(why->kind)) : std::to_string(head().status);
  }
  std::string text() const {
    auto why = failure();
    return why ? why->text : "";
  }
  WebHead head() const {
    wait([](const State& state) { return state.head.has_value() || state.is_over; });
    return read([](const State& state) { return state.head.value_or(WebHead{}); });
  }
  // The body so far, of an answer that is over.
  std::string body() const {
    wait([](const State& state) { return state.is_over; });
    return read([](const State& state) { return std::string(as_text(state.body)); });
  }
  void wait_for_body(size_t size) const {
    wait([&](const State& state) { return state.body.size() >= size || state.is_over; });
  }
  void wait_for_pause() const {
    wait([](const State& state) { return state.is_paused || state.is_over; });
  }
  bool is_over() const {
    return read([](const State& state) { return state.is_over; });
  }

 private:
  mutable Guarded<State> state_;
};

// A GET of this URL for tests, which may reach loopback.
inline WebRequest web_request(const std::string& url, std::string method = "GET") {
  WebRequest request;
  request.method = std::move(method);
  request.url = must(parse_url(url));
  request.allows_address = [](const Url&, const IpAddress& address) {
    return address.kind() == AddressKind::kLoopback;
  };
  return request;
}

}  // namespace theater
