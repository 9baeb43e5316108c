// A guest's wait for a moment: for so long, or until the wall clock shows a time.
//
// A sleep follows the timers alone, which cannot be set. A deadline is a time of the wall clock,
// which can be set during the wait. So the wait looks at the clock again when the timer comes, and
// every `kLookAgain` at the latest. If the clock was set forward, the wait ends at the next look.
// If it was set back, the wait continues, but not for longer than the actor may wait.
//
// No thread waits: there is a timer, and what it calls.
#pragma once

#include "theater/actor/messaging/responder.h"
#include "theater/actor/scheduling/timers.h"
#include "theater/base/clock.h"
#include "theater/base/guarded.h"

#include <tl/expected.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

namespace theater {

using WaitReply = Responder<tl::expected<void, std::string>>;

// `timers` and `clock` outlive every wait. Safe from any thread.
class Wait : public std::enable_shared_from_this<Wait> {
 private:
  struct OnlyBegin {};

 public:
  using Milliseconds = std::chrono::duration<uint64_t, std::milli>;

  static constexpr std::chrono::microseconds kLookAgain = std::chrono::minutes(1);

  // Answers `reply` when so much time has passed.
  static std::shared_ptr<Wait> sleep(Timers& timers, const Clock& clock, Milliseconds time,
                                     WaitReply reply);
  // Answers when the wall clock shows `timestamp` or a later time; at once if it does already; with
  // an error if it has not after `most`.
  static std::shared_ptr<Wait> until(Timers& timers, const Clock& clock, Milliseconds timestamp,
                                     Milliseconds most, WaitReply reply);
  Wait(OnlyBegin, Timers& timers, const Clock& clock, Milliseconds most, WaitReply reply);

  // Ends it without an answer, if it is not over.
  void cancel();

 private:
  using Microseconds = std::chrono::microseconds;
  struct State {
    WaitReply reply;  // None when it is over.
    Timers::Id timer = 0;
  };

  void look();
  // How long the clock is from the deadline.
  Microseconds ahead() const;
  void arm(Microseconds delay);
  WaitReply take();

  Timers& timers_;
  const Clock& clock_;
  bool is_deadline_ = false;
  Milliseconds timestamp_{0};
  Milliseconds most_;
  Microseconds left_;  // Of `most`. Touched by one call of `look` at a time.
  Guarded<State> state_;
};

}  // namespace theater
