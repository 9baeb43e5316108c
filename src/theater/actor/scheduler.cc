#include "theater/actor/scheduler.h"

#include "theater/base/check.h"

namespace theater {

void Task::wake() {
  State seen = state_.load(std::memory_order_relaxed);
  while (true) {
    switch (seen) {
      case State::kParked:
        if (state_.compare_exchange_weak(seen, State::kQueued, std::memory_order_acq_rel)) {
          scheduler_.enqueue(shared_from_this());
          return;
        }
        break;
      case State::kRunning:
        if (state_.compare_exchange_weak(seen, State::kNotified, std::memory_order_acq_rel)) return;
        break;
      case State::kQueued:
      case State::kNotified:
        // A turn begins after this. The exchange makes what the caller wrote visible to it.
        if (state_.compare_exchange_weak(seen, seen, std::memory_order_acq_rel)) return;
        break;
    }
  }
}

void Task::run() {
  State before = state_.exchange(State::kRunning, std::memory_order_acq_rel);
  THEATER_CHECK(before == State::kQueued);
  Turn turn = take_turn();
  if (turn == Turn::kParked) {
    State running = State::kRunning;
    if (state_.compare_exchange_strong(running, State::kParked, std::memory_order_acq_rel)) return;
  }
  state_.store(State::kQueued, std::memory_order_release);
  scheduler_.enqueue(shared_from_this());
}

}  // namespace theater
