// The timers of a running node: one thread that sleeps until the next one is due.
#pragma once

#include "theater/actor/scheduling/timer_heap.h"
#include "theater/actor/scheduling/timers.h"
#include "theater/base/guarded.h"

#include <thread>

namespace theater {

// Safe from any thread; `stop` and the destructor not from a `then`, and the destructor only when
// no thread uses it any more. The thread begins with the first timer. A timer that is set or
// cancelled costs a lock and the logarithm of how many there are.
class ThreadTimers final : public Timers {
 public:
  ThreadTimers() = default;
  // stop().
  ~ThreadTimers() override;

  // Waits for a call in progress, and drops the timers that are left, and those that come later,
  // without calling them.
  void stop();

  Id after(std::chrono::microseconds delay, std::function<void()> then) override;
  void cancel(Id id) override;

  // How many are set and neither called nor cancelled.
  size_t waiting() const;

 private:
  struct State {
    TimerHeap heap;
    std::thread thread;
    std::chrono::nanoseconds looks_at{0};  // When the thread will look by itself.
    bool is_earlier = false;               // A timer is due before that.
    bool stopping = false;
  };

  void run();

  Guarded<State> state_;
};

}  // namespace theater
