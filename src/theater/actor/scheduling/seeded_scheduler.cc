#include "theater/actor/scheduling/seeded_scheduler.h"

#include <algorithm>
#include <utility>

namespace theater {

namespace {

// One step in so many calls the next timer although tasks are queued.
constexpr uint64_t kEarlyTimerOdds = 32;
// Unless it is that far away, where what it bounds has long been done.
constexpr std::chrono::hours kEarlyTimerMax{12};

}  // namespace

void SeededScheduler::enqueue(std::shared_ptr<Task> task, Lane) {
  if (!stopped_) tasks_.push_back(std::move(task));
}

Timers::Id SeededScheduler::after(std::chrono::microseconds delay, std::function<void()> then) {
  auto due = clock_.monotonic() + std::clamp(delay, std::chrono::microseconds(0), kDelayMax);
  Id id = timers_.add(due, std::move(then));
  if (stopped_) cancel(id);
  return id;
}

void SeededScheduler::cancel(Id id) {
  auto dropped = timers_.remove(id);
}

bool SeededScheduler::timer_is_due() const {
  auto due = timers_.next_due();
  return due && *due <= clock_.monotonic();
}

// Moves the clock to the next timer, if it is not there yet, and calls it.
void SeededScheduler::call_timer() {
  auto left = *timers_.next_due() - clock_.monotonic();
  if (left.count() > 0) {
    clock_.advance(std::chrono::duration_cast<std::chrono::microseconds>(left));
  }
  timers_.pop()();
}

bool SeededScheduler::step_now() {
  size_t choices = tasks_.size() + (timer_is_due() ? 1 : 0);
  if (choices == 0) return hook_ != nullptr && hook_->after(TurnObserver::Worker::kIdle);
  size_t choice = random_.below(choices);
  if (choice == tasks_.size()) {
    call_timer();
    return true;
  }
  std::swap(tasks_[choice], tasks_.back());
  std::shared_ptr<Task> task = std::move(tasks_.back());
  tasks_.pop_back();
  if (hook_ != nullptr) hook_->before();
  Task::run(std::move(task));
  // A worker that has nothing else to do, though others have, is idle, too.
  if (hook_ != nullptr) {
    hook_->after(random_.below(2) == 0 ? TurnObserver::Worker::kBusy : TurnObserver::Worker::kIdle);
  }
  return true;
}

bool SeededScheduler::step() {
  if (timers_.size() == 0) return step_now();
  bool is_near = *timers_.next_due() - clock_.monotonic() < kEarlyTimerMax;
  if (tasks_.empty() || (is_near && random_.below(kEarlyTimerOdds) == 0)) {
    call_timer();
    return true;
  }
  return step_now();
}

size_t SeededScheduler::run(size_t turns_max) {
  size_t turns = 0;
  while (turns < turns_max && step())
    ++turns;
  return turns;
}

size_t SeededScheduler::run_now(size_t turns_max) {
  size_t turns = 0;
  while (turns < turns_max && step_now())
    ++turns;
  return turns;
}

void SeededScheduler::run_until(const std::function<bool()>& ready) {
  while (!ready() && step()) {
  }
}

void SeededScheduler::stop() {
  stopped_ = true;
  hook_ = nullptr;
  auto dropped = std::exchange(tasks_, {});
  auto dropped_timers = std::exchange(timers_, {});
}

}  // namespace theater
