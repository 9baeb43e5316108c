#include "theater/handlers/timing/wait.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace theater {

namespace {

// Longer than any actor lives, and small enough to be counted in microseconds.
constexpr Wait::Milliseconds kForever = std::chrono::hours(24 * 365 * 1000);

std::chrono::microseconds counted(Wait::Milliseconds time) {
  return std::chrono::duration_cast<std::chrono::microseconds>(std::min(time, kForever));
}

}  // namespace

Wait::Wait(OnlyBegin, Timers& timers, const Clock& clock, Milliseconds most, WaitReply reply)
    : timers_(timers),
      clock_(clock),
      most_(most),
      left_(counted(most)),
      state_(State{std::move(reply)}) {}

std::shared_ptr<Wait> Wait::sleep(Timers& timers, const Clock& clock, Milliseconds time,
                                  WaitReply reply) {
  auto wait = std::make_shared<Wait>(OnlyBegin(), timers, clock, time, std::move(reply));
  wait->look();
  return wait;
}

std::shared_ptr<Wait> Wait::until(Timers& timers, const Clock& clock, Milliseconds timestamp,
                                  Milliseconds most, WaitReply reply) {
  auto wait = std::make_shared<Wait>(OnlyBegin(), timers, clock, most, std::move(reply));
  wait->is_deadline_ = true;
  wait->timestamp_ = timestamp;
  wait->look();
  return wait;
}

Wait::Microseconds Wait::ahead() const {
  Microseconds now(static_cast<int64_t>(clock_.wall_us()));
  Microseconds then = counted(timestamp_);
  return then > now ? then - now : Microseconds(0);
}

void Wait::look() {
  Microseconds ahead = is_deadline_ ? this->ahead() : left_;
  if (ahead.count() == 0) return std::move(take()).answer({});
  if (left_.count() == 0) {
    return std::move(take()).answer(tl::unexpected(fmt::format(
        "the clock was set back during the wait: after {} ms, which is as long as this actor may "
        "wait, the deadline {} is still {} ms away",
        most_.count(), timestamp_.count(), std::chrono::ceil<Milliseconds>(ahead).count())));
  }
  Microseconds delay = std::min({ahead, left_, Timers::kDelayMax});
  if (is_deadline_) delay = std::min(delay, kLookAgain);
  left_ -= delay;
  arm(delay);
}

// The timer may come before its id is kept, and `cancel` may come before that: then the second of
// them finds that there is nothing left to do.
void Wait::arm(Microseconds delay) {
  Timers::Id timer = timers_.after(delay, [wait = shared_from_this()] { wait->look(); });
  bool is_over = state_.with([&](State& state) {
    state.timer = timer;
    return !state.reply.pending();
  });
  if (is_over) timers_.cancel(timer);
}

WaitReply Wait::take() {
  return state_.with([](State& state) { return std::exchange(state.reply, {}); });
}

void Wait::cancel() {
  auto [reply, timer] = state_.with(
      [](State& state) { return std::pair(std::exchange(state.reply, {}), state.timer); });
  timers_.cancel(timer);
}

}  // namespace theater
