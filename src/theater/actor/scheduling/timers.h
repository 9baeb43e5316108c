// Things to do later: deadlines of requests, back-off of restarts, timers of handlers.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>

namespace theater {

// Safe from any thread, and from inside a `then`.
class Timers {
 public:
  // Names one timer. Never 0, so that 0 can stand for none.
  using Id = uint64_t;

  virtual ~Timers() = default;

  // Calls `then` once, when `delay` has passed or somewhat later, unless it is cancelled before;
  // then destroys it. Never before `after` has returned on a seeded scheduler; on threads it may
  // already run by then. Of two timers on one object, the one that is due first is called first,
  // and those due together in the order of their making; no two calls overlap.
  //
  // `then` is called on a thread of the timers or inside a step of the seeded scheduler, without
  // locks held: it must be short and never block, since every other timer waits for it. What it
  // usually does is to wake an actor. A delay below zero is zero; one past `kDelayMax` is that.
  virtual Id after(std::chrono::microseconds delay, std::function<void()> then) = 0;

  // If the call of `then` has not begun, it never begins, and `then` is destroyed before `cancel`
  // returns. If it has begun, `cancel` does nothing, and does not wait: the call may be in progress
  // on another thread when `cancel` returns, so `then` owns or shares all that it touches. A caller
  // that must know which of the two it was decides so under a lock or an atomic of its own. Does
  // nothing for a timer that is over or was cancelled, and for 0.
  virtual void cancel(Id id) = 0;

  static constexpr std::chrono::microseconds kDelayMax = std::chrono::hours(24 * 365);
};

}  // namespace theater
