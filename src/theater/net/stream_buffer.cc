#include "theater/net/stream_buffer.h"

#include <utility>

namespace theater {

template <class Add>
WriteOutcome StreamBuffer::write(size_t size, bool& must_pump, Add add) {
  must_pump = false;
  return state_.with([&](State& state) {
    if (state.takes_no_more()) return WriteOutcome::kClosed;
    size_t waiting = state.waiting_bytes + state.being_sent;
    if (waiting > 0 && waiting + size > options_.waiting_bytes_max) {
      state.was_full = true;
      return WriteOutcome::kFull;
    }
    add(state.waiting);
    state.waiting_bytes += size;
    must_pump = !std::exchange(state.is_pumped, true);
    return WriteOutcome::kTaken;
  });
}

WriteOutcome StreamBuffer::write(ByteView bytes, bool& must_pump) {
  return write(bytes.size(), must_pump, [bytes](std::vector<BodyPart>& waiting) {
    if (waiting.empty() || waiting.back().shared != nullptr) waiting.emplace_back();
    append(waiting.back().own, bytes);
  });
}

WriteOutcome StreamBuffer::write(std::shared_ptr<const Bytes> bytes, bool& must_pump) {
  return write(bytes->size(), must_pump, [&](std::vector<BodyPart>& waiting) {
    waiting.push_back({.own = {}, .shared = std::move(bytes)});
  });
}

void StreamBuffer::finish() {
  state_.with([](State& state) { state.is_finished = true; });
}

void StreamBuffer::abort() {
  state_.with([](State& state) { state.is_aborted = true; });
}

size_t StreamBuffer::waiting_bytes() const {
  return state_.with([](const State& state) { return state.waiting_bytes + state.being_sent; });
}

bool StreamBuffer::is_closed() const {
  return state_.with([](const State& state) { return state.takes_no_more(); });
}

StreamBuffer::Batch StreamBuffer::take() {
  return state_.with([](State& state) {
    state.is_pumped = false;
    size_t size = std::exchange(state.waiting_bytes, 0);
    state.being_sent += size;
    return Batch{std::exchange(state.waiting, {}), size, state.is_finished, state.is_aborted};
  });
}

void StreamBuffer::sent() {
  size_t sent_bytes = 0;
  bool has_room = state_.with([&](State& state) {
    sent_bytes = std::exchange(state.being_sent, 0);
    bool is_half_free = state.waiting_bytes <= options_.waiting_bytes_max / 2;
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
    state.waiting_bytes = 0;
    state.being_sent = 0;
    return !std::exchange(state.is_closed, true);
  });
  if (is_first && options_.on_event) options_.on_event(WriterEvent::kClosed);
}

}  // namespace theater
