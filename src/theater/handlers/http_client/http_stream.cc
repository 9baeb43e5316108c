#include "theater/handlers/http_client/http_stream.h"

#include "theater/handlers/http_client/answer_receiver.h"

#include <algorithm>
#include <utility>

namespace theater {

HttpStream::HttpStream(Parts parts) : parts_(std::move(parts)) {
  state_.with([this](State& state) { state.expected = parts_.calls->expect(); });
}

void HttpStream::attach(std::shared_ptr<HttpTransport::Exchange> exchange) {
  bool is_late = state_.with([&](State& state) {
    bool is_wanted = !state.is_over && !state.last;
    if (is_wanted) state.exchange = exchange;
    return !is_wanted;
  });
  if (is_late) exchange->cancel();
}

void HttpStream::pause() {
  state_.with([](State& state) { state.is_paused = true; });
}

void HttpStream::resume() {
  state_.with([](State& state) { state.is_paused = false; });
  give();
}

void HttpStream::cancel() {
  std::shared_ptr<HttpTransport::Exchange> exchange;
  std::shared_ptr<void> expected;
  Timers::Id retry = state_.with([&](State& state) {
    state.is_over = true;
    expected = std::move(state.expected);
    state.buffer = {};
    exchange = std::exchange(state.exchange, nullptr);
    return std::exchange(state.retry, 0);
  });
  if (retry != 0) parts_.timers.cancel(retry);
  if (exchange) exchange->cancel();
}

bool HttpStream::is_over() const {
  return state_.with([](const State& state) { return state.is_over; });
}

void HttpStream::head(WebHead head) {
  if (auto why = parts_.guard ? parts_.guard->judge(head.headers) : std::nullopt) {
    return give_up(*std::move(why));
  }
  state_.with(
      [&](State& state) { state.head = StreamHead{{head.status, guest_headers(head.headers)}}; });
  give();
}

bool HttpStream::data(ByteView bytes) {
  enum class Taken : uint8_t { kNo, kYes, kReveals };
  Taken taken = state_.with([&](State& state) {
    if (state.is_over || state.last) return Taken::kYes;
    // A piece that is larger than the whole buffer is taken by an empty one.
    if (!state.buffer.empty() && state.buffer.size() + bytes.size() > kBufferMax) {
      state.is_transfer_full = true;
      return Taken::kNo;
    }
    std::optional<Bytes> clean;
    if (parts_.guard) {
      clean = parts_.guard->next(bytes);
      if (!clean) return Taken::kReveals;
      bytes = *clean;
    }
    state.buffer.insert(state.buffer.end(), bytes.begin(), bytes.end());
    return Taken::kYes;
  });
  if (taken == Taken::kReveals) {
    give_up(EchoGuard::reveals());
  } else if (taken == Taken::kYes) {
    give();
  }
  return taken != Taken::kNo;
}

// The guest hears why in place of the rest, and what follows is dropped.
void HttpStream::give_up(std::string why) {
  auto exchange = state_.with([&](State& state) {
    state.last = StreamEvent(StreamFailed{std::move(why)});
    return state.exchange;
  });
  if (exchange) exchange->cancel();
  give();
}

void HttpStream::over(std::optional<WebFailure> why) {
  state_.with([&](State& state) {
    state.exchange = nullptr;
    if (state.last || state.is_over) return;
    if (auto instead = parts_.guard ? parts_.guard->judge_end(why) : std::nullopt) {
      state.last = StreamEvent(StreamFailed{*std::move(instead)});
      return;
    }
    if (why) {
      state.last = StreamEvent(StreamFailed{failure_text(*why)});
      return;
    }
    if (parts_.guard) {
      Bytes rest = parts_.guard->finish();
      state.buffer.insert(state.buffer.end(), rest.begin(), rest.end());
    }
    state.last = StreamEvent(StreamEnd{});
  });
  give();
}

// The next event for the guest, in the order in which it happened.
std::optional<StreamEvent> HttpStream::next(State& state) {
  if (state.head) return StreamEvent(*std::exchange(state.head, std::nullopt));
  if (!state.buffer.empty()) {
    size_t size = std::min(state.buffer.size(), parts_.piece_max);
    auto end = state.buffer.begin() + static_cast<ptrdiff_t>(size);
    Bytes piece(state.buffer.begin(), end);
    state.buffer.erase(state.buffer.begin(), end);
    return StreamEvent(StreamData{std::move(piece)});
  }
  return std::exchange(state.last, std::nullopt);
}

void HttpStream::give() {
  std::shared_ptr<HttpTransport::Exchange> has_room;
  std::optional<StreamEvent> event = state_.with([&](State& state) -> std::optional<StreamEvent> {
    if (state.is_over || state.is_paused || state.is_with_guest) return std::nullopt;
    std::optional<StreamEvent> first = next(state);
    if (!first) return std::nullopt;
    state.is_with_guest = true;
    if (state.is_transfer_full && state.buffer.size() <= kBufferMax / 2) {
      state.is_transfer_full = false;
      has_room = state.exchange;
    }
    return first;
  });
  if (event) call(*std::move(event));
  if (has_room) has_room->resume();
}

void HttpStream::call(StreamEvent event) {
  bool is_last =
      std::holds_alternative<StreamEnd>(event) || std::holds_alternative<StreamFailed>(event);
  Bytes params;
  wit::encode_params(params, parts_.id, event);
  auto given =
      parts_.calls->call(parts_.function, std::move(params), ReplyTo::Reach::kNode,
                         [stream = shared_from_this()](const RequestAnswer&) { stream->taken(); });
  if (given) {
    if (is_last) end();
    return;
  }
  auto again = [stream = shared_from_this(), event = std::move(event)] {
    bool is_wanted = stream->state_.with([](State& state) {
      state.retry = 0;
      return !state.is_over;
    });
    if (is_wanted) stream->call(event);
  };
  Timers::Id timer = parts_.timers.after(kRetry, std::move(again));
  bool is_late = state_.with([&](State& state) {
    if (!state.is_over) state.retry = timer;
    return state.is_over;
  });
  if (is_late) parts_.timers.cancel(timer);
}

// The guest has its last event.
void HttpStream::end() {
  std::shared_ptr<void> expected;
  state_.with([&](State& state) {
    state.is_over = true;
    expected = std::move(state.expected);
  });
}

// The guest has handled its event.
void HttpStream::taken() {
  state_.with([](State& state) { state.is_with_guest = false; });
  give();
}

}  // namespace theater
