#include "theater/actor/scheduling/scheduler.h"

#include "theater/base/check.h"

#include <utility>

namespace theater {

void Task::wake() {
  State seen = state_.load(std::memory_order_relaxed);
  while (true) {
    switch (seen) {
      case State::kParked:
        if (state_.compare_exchange_weak(seen, State::kQueued, std::memory_order_acq_rel)) {
          scheduler_.enqueue(shared_from_this(), Lane::kPrompt);
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

// Sets the flag before the scheduler looks for the task. A worker that puts the task into the
// background later sees the flag; if one did so earlier, the scheduler finds the task there.
void Task::wake_urgent() {
  is_urgent_.store(true);
  wake();
  if (state_.load() == State::kQueued) scheduler_.promote(*this);
}

void Task::run(std::shared_ptr<Task> task) {
  State before = task->state_.exchange(State::kRunning, std::memory_order_acq_rel);
  THEATER_CHECK(before == State::kQueued);
  task->is_early_ = task->is_urgent_.exchange(false);
  Turn turn = task->take_turn();
  if (turn == Turn::kParked) {
    State running = State::kRunning;
    if (task->state_.compare_exchange_strong(running, State::kParked, std::memory_order_acq_rel)) {
      return;
    }
  }
  task->state_.store(State::kQueued, std::memory_order_release);
  Scheduler& scheduler = task->scheduler_;
  scheduler.enqueue(std::move(task), turn == Turn::kSpent ? Lane::kBackground : Lane::kPrompt);
}

}  // namespace theater
