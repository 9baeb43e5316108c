#include "theater/actor/scheduling/thread_timers.h"

#include "theater/base/clock.h"
#include "theater/base/thread_name.h"

#include <algorithm>
#include <utility>

namespace theater {

namespace {

using std::chrono::nanoseconds;

// How long the thread sleeps when nothing is set; a new timer wakes it.
constexpr nanoseconds kIdle = std::chrono::hours(1);

}  // namespace

ThreadTimers::~ThreadTimers() {
  stop();
}

void ThreadTimers::stop() {
  std::thread thread = state_.with([](State& state) {
    state.stopping = true;
    return std::exchange(state.thread, {});
  });
  state_.notify_all();
  if (thread.joinable()) thread.join();
  auto dropped = state_.with([](State& state) { return std::exchange(state.heap, {}); });
}

Timers::Id ThreadTimers::after(std::chrono::microseconds delay, std::function<void()> then) {
  nanoseconds due = monotonic_now() + std::clamp(delay, std::chrono::microseconds(0), kDelayMax);
  // The thread is woken only if it would come too late by itself. So deadlines that are set and
  // cancelled all the time, and far away, cost no switch to it.
  auto [id, is_earlier] = state_.with([&](State& state) {
    if (state.stopping) return std::pair(Id{0}, false);
    bool earlier = due < state.looks_at;
    if (earlier) {
      state.is_earlier = true;
      state.looks_at = due;
    }
    if (!state.thread.joinable()) state.thread = std::thread([this] { run(); });
    return std::pair(state.heap.add(due, std::move(then)), earlier);
  });
  if (is_earlier) state_.notify_one();
  return id;
}

void ThreadTimers::cancel(Id id) {
  // What it held is destroyed without the lock.
  auto dropped = state_.with([&](State& state) { return state.heap.remove(id); });
}

size_t ThreadTimers::waiting() const {
  return state_.with([](const State& state) { return state.heap.size(); });
}

void ThreadTimers::run() {
  name_this_thread("timers");
  nanoseconds patience{0};
  bool stopping = false;
  while (true) {
    TimerHeap::Then then;
    patience = state_.wait_for(
        patience, [](const State& state) { return state.is_earlier || state.stopping; },
        [&](State& state) {
          state.is_earlier = false;
          stopping = state.stopping;
          nanoseconds time = monotonic_now();
          state.looks_at = std::min(state.heap.next_due().value_or(time + kIdle), time + kIdle);
          if (state.looks_at > time) return state.looks_at - time;
          then = state.heap.pop();
          return nanoseconds{0};
        });
    if (stopping) return;
    if (then) then();
  }
}

}  // namespace theater
