#include "theater/net/stream_buffer.h"

#include <utility>

namespace theater {

WriteOutcome StreamBuffer::write(ByteView bytes, bool& must_pump) {
  must_pump = false;
  return state_.with([&](State& state) {
    if (state.takes_no_more()) return WriteOutcome::kClosed;
    size_t waiting = state.waiting.size() + state.being_sent;
    if (waiting > 0 && waiting + bytes.size() > options_.waiting_bytes_max) {
      state.was_full = true;
      return WriteOutcome::kFull;
    }
    append(state.waiting, bytes);
    must_pump = !std::exchange(state.is_pumped, true);
    return WriteOutcome::kTaken;
  });
}

void StreamBuffer::finish() {
  state_.with([](State& state) { state.is_finished = true; });
}

void StreamBuffer::abort() {
  state_.with([](State& state) { state.is_aborted = true; });
}

size_t StreamBuffer::waiting_bytes() const {
  return state_.with([](const State& state) { return state.waiting.size() + state.being_sent; });
}

bool StreamBuffer::is_closed() const {
  return state_.with([](const State& state) { return state.takes_no_more(); });
}

StreamBuffer::Batch StreamBuffer::take() {
  return state_.with([](State& state) {
    state.is_pumped = false;
    state.being_sent += state.waiting.size();
    return Batch{std::exchange(state.waiting, {}), state.is_finished, state.is_aborted};
  });
}

void StreamBuffer::sent() {
  size_t sent_bytes = 0;
  bool has_room = state_.with([&](State& state) {
    sent_bytes = std::exchange(state.being_sent, 0);
    bool is_half_free = state.waiting.size() <= options_.waiting_bytes_max / 2;
    return is_half_free && std::exchange(state.was_full, false);
  });
  if (sent_bytes > 0 && options_.on_sent) options_.on_sent(sent_bytes);
  if (has_room && options_.on_event) options_.on_event(WriterEvent::kRoom);
}

void StreamBuffer::complete() {
  state_.with([](State& state) { state.is_closed = true; });
}

void StreamBuffer::close() {
  bool is_first = state_.with([](State& state) {
    state.waiting = {};
    state.being_sent = 0;
    return !std::exchange(state.is_closed, true);
  });
  if (is_first && options_.on_event) options_.on_event(WriterEvent::kClosed);
}

}  // namespace theater
