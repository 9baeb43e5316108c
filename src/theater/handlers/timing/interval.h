// An interval: a tick every so often, each a call of one of the guest's functions.
//
// The times of the ticks are the beginning plus whole multiples of the period, by a clock that
// cannot be set; so they do not drift. At most one tick of an interval is with the actor, waiting
// in its mailbox or being handled: until that is over there is no timer, and times that pass
// meanwhile are ticks that were missed. They are not made up for: the next tick comes at its own
// time, with their number. So an interval costs a busy actor nothing, and floods no mailbox.
#pragma once

#include "theater/actor/handler/guest_calls.h"
#include "theater/actor/scheduling/timers.h"
#include "theater/base/clock.h"
#include "theater/base/guarded.h"

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

namespace theater {

// `timers`, `clock` and the function outlive every interval. Safe from any thread.
class Interval : public std::enable_shared_from_this<Interval> {
 private:
  struct OnlyStart {};

 public:
  // A tick that found the mailbox full is tried again after this, or a period if that is longer.
  static constexpr std::chrono::milliseconds kRetry{100};

  // `tick` takes the name and the number of missed ticks (string, u64). `period` is above zero.
  struct Parts {
    Timers& timers;
    const Clock& clock;
    std::shared_ptr<GuestCalls> calls;
    const ExportFunction& tick;
    std::string name;
    std::chrono::duration<uint64_t, std::milli> period;
  };
  static std::shared_ptr<Interval> start(Parts parts);
  Interval(OnlyStart, Parts parts);

  // No tick is given after this has returned, except one that is being given meanwhile.
  void stop();

 private:
  using Time = std::chrono::nanoseconds;
  struct State {
    Timers::Id timer = 0;
    bool is_stopped = false;
    std::shared_ptr<void> source;  // While the interval runs.
  };

  void due();
  void over();
  uint64_t skip_to_after(Time now);
  void arm(Time now);
  bool is_stopped() const;

  Parts parts_;
  Time period_;
  // The thread that gives a tick hands these to the one that ends it, and that to the next timer.
  Time next_;
  uint64_t missed_ = 0;
  Guarded<State> state_;
};

}  // namespace theater
