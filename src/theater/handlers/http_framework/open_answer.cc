#include "theater/handlers/http_framework/open_answer.h"

#include <algorithm>
#include <utility>

namespace theater {

void tell_answer_event(const std::shared_ptr<ServerLink>& server, uint64_t number,
                       const AnswerEvent& event, Withdrawn withdrawn) {
  const ExportFunction& function = server->exports().answer;
  if (withdrawn->load(std::memory_order_relaxed)) return;
  if (!server->parts().calls->exports(function)) return;
  Bytes params;
  wit::encode_params(params, number, event);
  auto given = server->parts().calls->call(function, std::move(params), ReplyTo::Reach::kNode,
                                           [](const RequestAnswer&) {}, {withdrawn, {}});
  if (given) return;
  server->retry(
      [server, number, event, withdrawn] { tell_answer_event(server, number, event, withdrawn); });
}

tl::expected<bool, std::string> OpenAnswer::reserve(size_t size) {
  return state_.with([&](State& state) -> tl::expected<bool, std::string> {
    if (state.is_over || state.is_gone)
      return tl::unexpected(fmt::format("closed: answer {} is not open", number_));
    if (size > kPieceBytesMax)
      return tl::unexpected(fmt::format("full: a piece has at most {} bytes", kPieceBytesMax));
    if (state.waiting + size > kWaitingBytesMax) {
      state.was_full = true;
      return tl::unexpected(fmt::format(
          "full: {} bytes wait for the client; write again after the event `room`", state.waiting));
    }
    state.waiting += size;
    if (state.waiting >= kWaitingBytesMax) state.was_full = true;
    return !state.was_full;
  });
}

// The lock is held: so pieces keep their order. A port calls back only from its loop.
void OpenAnswer::write(State& state, ByteView bytes) {
  if (bytes.empty()) return;
  // The buffer of the body has twice the room, so that it takes what was reserved.
  (void)state.body->write(bytes);
}

void OpenAnswer::put(Bytes bytes) {
  state_.with([&](State& state) {
    if (state.is_gone) return;
    if (state.body == nullptr) {
      state.early.insert(state.early.end(), bytes.begin(), bytes.end());
    } else {
      write(state, bytes);
    }
  });
}

void OpenAnswer::finish() {
  auto body = state_.with([](State& state) {
    state.finishes = true;
    return std::move(state.body);
  });
  if (body) body->finish();
}

void OpenAnswer::abort() {
  auto body = state_.with([](State& state) {
    state.aborts = true;
    return std::move(state.body);
  });
}

bool OpenAnswer::is_over() const {
  return state_.with([](const State& state) { return state.is_over || state.is_gone; });
}

void OpenAnswer::set_over() {
  state_.with([](State& state) { state.is_over = true; });
}

void OpenAnswer::begin(PortReply& reply, HttpAnswer head) {
  StreamOptions options;
  options.waiting_bytes_max = 2 * kWaitingBytesMax;
  options.on_event = [self = shared_from_this()](WriterEvent event) { self->on_event(event); };
  options.on_sent = [self = shared_from_this()](size_t bytes) {
    bool has_room = self->state_.with([&](State& state) {
      state.waiting -= std::min(state.waiting, bytes);
      if (state.is_over || state.is_gone || state.waiting > kWaitingBytesMax / 2) return false;
      return std::exchange(state.was_full, false);
    });
    if (has_room) self->tell(AnswerRoom{});
  };
  Bytes first = std::exchange(head.body, {});
  std::unique_ptr<PortBody> body = reply.stream(std::move(head), std::move(options));
  state_.with([&](State& state) {
    // What the response had was not reserved. On its way it counts nevertheless, and goes with the rest
    // as one piece, which an empty buffer takes whatever its size.
    state.waiting += first.size();
    first.insert(first.end(), state.early.begin(), state.early.end());
    state.early = {};
    state.body = std::move(body);
    write(state, first);
    if (state.finishes) state.body->finish();
    if (state.finishes || state.aborts || state.is_gone) body = std::move(state.body);
  });
}

void OpenAnswer::on_event(WriterEvent event) {
  if (event != WriterEvent::kClosed) return;
  // The body holds this object, by its events.
  std::unique_ptr<PortBody> body;
  bool is_news = state_.with([&](State& state) {
    bool was_open = !state.is_over && !state.is_gone;
    state.is_gone = true;
    body = std::move(state.body);
    return was_open;
  });
  if (is_news) tell(AnswerGone{"closed: the client has gone"});
}

void OpenAnswer::fail() {
  bool is_news = state_.with([](State& state) {
    bool was_open = !state.is_over && !state.is_gone;
    state.is_gone = true;
    return was_open;
  });
  if (is_news) tell(AnswerGone{"failed: the answer that was returned could not be sent"});
}

void OpenAnswer::tell(AnswerEvent event) {
  tell_answer_event(server_, number_, event, withdrawn_);
}

void OpenAnswer::abandon() {
  withdrawn_->store(true, std::memory_order_relaxed);
  auto body = state_.with([](State& state) {
    state.is_gone = true;
    return std::move(state.body);
  });
}

}  // namespace theater
