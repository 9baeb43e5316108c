#include "theater/net/web_socket_queue.h"

#include <utility>

namespace theater {

WriteOutcome WebSocketQueue::send(MessageKind kind, ByteView message, bool& must_pump) {
  must_pump = false;
  return state_.with([&](State& state) {
    if (state.is_closing || state.has_ended) return WriteOutcome::kClosed;
    size_t bytes = state.waiting_bytes + state.sending_bytes;
    bool is_empty = state.waiting.empty() && !state.is_sending;
    bool has_no_room = bytes + message.size() > options_.waiting_bytes_max ||
                       state.waiting.size() >= options_.waiting_messages_max;
    if (!is_empty && has_no_room) {
      state.was_full = true;
      return WriteOutcome::kFull;
    }
    state.waiting.push_back({kind, to_bytes(message)});
    state.waiting_bytes += message.size();
    must_pump = !std::exchange(state.is_pumped, true);
    return WriteOutcome::kTaken;
  });
}

bool WebSocketQueue::request_close(WebSocketClose close) {
  return state_.with([&](State& state) {
    if (state.is_closing || state.has_ended) return false;
    state.is_closing = true;
    state.close = std::move(close);
    return true;
  });
}

bool WebSocketQueue::request_resume() {
  return state_.with(
      [](State& state) { return !state.has_ended && !std::exchange(state.must_resume, true); });
}

std::optional<WebSocketQueue::Message> WebSocketQueue::take() {
  return state_.with([](State& state) -> std::optional<Message> {
    state.is_pumped = false;
    if (state.waiting.empty()) return std::nullopt;
    Message message = std::move(state.waiting.front());
    state.waiting.pop_front();
    state.waiting_bytes -= message.bytes.size();
    state.sending_bytes = message.bytes.size();
    state.is_sending = true;
    return message;
  });
}

void WebSocketQueue::sent() {
  bool has_room = state_.with([&](State& state) {
    state.sending_bytes = 0;
    state.is_sending = false;
    bool is_half_free = state.waiting_bytes <= options_.waiting_bytes_max / 2 &&
                        state.waiting.size() <= options_.waiting_messages_max / 2;
    return is_half_free && std::exchange(state.was_full, false);
  });
  if (has_room && options_.events.on_room) options_.events.on_room();
}

std::optional<WebSocketClose> WebSocketQueue::take_close() {
  return state_.with([](State& state) -> std::optional<WebSocketClose> {
    if (!state.waiting.empty() || state.is_sending) return std::nullopt;
    return std::exchange(state.close, std::nullopt);
  });
}

bool WebSocketQueue::take_resume() {
  return state_.with([](State& state) { return std::exchange(state.must_resume, false); });
}

void WebSocketQueue::ended(const WebSocketClose& close) {
  bool is_first = state_.with([](State& state) {
    state.waiting.clear();
    state.waiting_bytes = 0;
    return !std::exchange(state.has_ended, true);
  });
  if (is_first && options_.events.on_close) options_.events.on_close(close);
}

}  // namespace theater
