// The scheduler of tests: one thread, an order that a seed decides, and a clock that moves only
// when there is nothing else to do.
//
// Every order of turns that workers could produce is some seed's order. Timers run on the virtual
// clock: when no task is queued it is moved to the next timer, so a test waits for no deadline; and
// now and then, as the seed has it, while tasks are queued, so that deadlines race with what they
// are deadlines of, if those are within half a day. The same seed gives the same order, so a
// failing seed is a whole bug report.
#pragma once

#include "theater/actor/scheduling/scheduler.h"
#include "theater/actor/scheduling/timer_heap.h"
#include "theater/actor/scheduling/timers.h"
#include "theater/base/clock.h"
#include "theater/base/random.h"

#include <memory>
#include <vector>

namespace theater {

// Not thread-safe: everything happens on the thread that calls `step`, `run` or `run_until`.
class SeededScheduler final : public Scheduler, public Timers {
 public:
  explicit SeededScheduler(uint64_t seed) : random_(seed) {}

  void enqueue(std::shared_ptr<Task> task, Lane lane) override;
  // Nothing: there is no background, any queued task may be the next.
  void promote(Task&) override {}
  // Whether a worker is idle after a turn is the seed's to say. It is when nothing is queued.
  void set_turn_observer(TurnObserver& hook) override { hook_ = &hook; }
  // Timers count as tasks.
  void run_until(const std::function<bool()>& ready) override;
  // Drops the timers too.
  void stop() override;

  Id after(std::chrono::microseconds delay, std::function<void()> then) override;
  void cancel(Id id) override;

  // What the timers go by. A test may move it; what is due then runs as if it were a queued task.
  ManualClock& clock() { return clock_; }

  // Runs one queued task, chosen by the seed, or calls one timer. False if there is neither.
  bool step();

  // Steps until there is nothing left or `turns_max` steps were taken; returns how many were.
  // Tasks that always have more to do, and timers that set themselves again, keep it going until
  // then.
  size_t run(size_t turns_max = 1'000'000);

  // The same with the clock standing still: timers that are not due stay.
  size_t run_now(size_t turns_max = 1'000'000);

  size_t queued() const { return tasks_.size(); }
  size_t timers() const { return timers_.size(); }

 private:
  bool timer_is_due() const;
  bool step_now();
  void call_timer();

  SeededRandom random_;
  std::vector<std::shared_ptr<Task>> tasks_;
  TimerHeap timers_;
  ManualClock clock_;
  TurnObserver* hook_ = nullptr;
  bool stopped_ = false;
};

}  // namespace theater
