#include "theater/base/line_queue.h"

#include "theater/base/thread_name.h"

#include <csignal>
#include <utility>

namespace theater {

LineQueue::LineQueue(Write write, LeftOut left_out)
    : write_(std::move(write)), left_out_(std::move(left_out)) {
  // Signals are for threads that expect them.
  sigset_t all;
  sigset_t before;
  ::sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &before);
  thread_ = std::thread([this] { write_all(); });
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

LineQueue::~LineQueue() {
  state_.with([](State& state) { state.stopping = true; });
  state_.notify_all();
  thread_.join();
}

void LineQueue::add(State& state, LogEntry entry) {
  lane_of(state, entry.lane).bytes += entry.bytes();
  state.waiting.push_back(std::move(entry));
  ++state.pushed;
}

void LineQueue::add_left_out(State& state, LogLane lane) {
  uint64_t lines = std::exchange(lane_of(state, lane).left_out, 0);
  if (lines > 0) add(state, left_out_(lane, lines));
}

void LineQueue::push(LogEntry entry) {
  bool is_added = state_.with([&](State& state) {
    Lane& lane = lane_of(state, entry.lane);
    // A line that is larger than the room waits alone.
    if (lane.bytes > 0 && lane.bytes + entry.bytes() > kLaneBytesMax) {
      ++lane.left_out;
      return false;
    }
    add_left_out(state, entry.lane);
    add(state, std::move(entry));
    return true;
  });
  if (is_added) state_.notify_all();
}

bool LineQueue::flush(std::chrono::milliseconds limit) {
  uint64_t until = 0;
  bool waits = state_.with([&](State& state) {
    until = state.pushed;
    return state.written < until && state.stalled_at != state.written;
  });
  if (!waits) return state_.with([&](State& state) { return state.written >= until; });
  return state_.wait_for(
      limit, [&](const State& state) { return state.written >= until; },
      [&](State& state) {
        if (state.written >= until) return true;
        state.stalled_at = state.written;
        return false;
      });
}

void LineQueue::write_all() {
  name_this_thread("log lines");
  for (;;) {
    std::optional<LogEntry> next =
        state_.wait([](const State& state) { return state.stopping || !state.waiting.empty(); },
                    [&](State& state) -> std::optional<LogEntry> {
                      if (state.waiting.empty()) return std::nullopt;
                      LogEntry first = std::move(state.waiting.front());
                      state.waiting.pop_front();
                      return first;
                    });
    if (!next) return;
    write_(*next);
    state_.with([&](State& state) {
      lane_of(state, next->lane).bytes -= next->bytes();
      ++state.written;
      if (!state.waiting.empty()) return;
      add_left_out(state, LogLane::kNode);
      add_left_out(state, LogLane::kGuests);
    });
    state_.notify_all();
  }
}

}  // namespace theater
