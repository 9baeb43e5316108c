#include "theater/handlers/timing/interval.h"

#include "theater/wit/traits.h"

#include <algorithm>
#include <utility>

namespace theater {

namespace {

// Longer than any actor lives, and small enough to be counted in nanoseconds.
constexpr std::chrono::duration<uint64_t, std::milli> kPeriodMax =
    std::chrono::hours(24 * 365 * 100);

}  // namespace

Interval::Interval(OnlyStart, Parts parts)
    : parts_(std::move(parts)),
      period_(std::min(parts_.period, kPeriodMax)),
      next_(parts_.clock.monotonic() + period_) {}

std::shared_ptr<Interval> Interval::start(Parts parts) {
  auto interval = std::make_shared<Interval>(OnlyStart(), std::move(parts));
  interval->state_.with(
      [&](State& state) { state.source = interval->parts_.calls->expect_more(); });
  interval->arm(interval->next_ - interval->period_);
  return interval;
}

void Interval::stop() {
  std::shared_ptr<void> source;
  Timers::Id timer = state_.with([&](State& state) {
    state.is_stopped = true;
    source = std::move(state.source);
    return state.timer;
  });
  parts_.timers.cancel(timer);
}

bool Interval::is_stopped() const {
  return state_.with([](const State& state) { return state.is_stopped; });
}

// Gives the tick that is due, or sets the timer again.
void Interval::due() {
  if (is_stopped()) return;
  Time now = parts_.clock.monotonic();
  // No timer is as long as the longest period.
  if (now < next_) return arm(now);
  missed_ += skip_to_after(now) - 1;
  Bytes params;
  wit::encode_params(params, parts_.name, missed_);
  uint64_t told = std::exchange(missed_, 0);
  auto given = parts_.calls->call(
      parts_.tick, std::move(params), ReplyTo::Reach::kNode,
      [interval = shared_from_this()](const RequestAnswer&) { interval->over(); });
  if (given) return;
  missed_ = told + 1;
  missed_ += skip_to_after(now + std::max<Time>(kRetry - period_, Time(0)));
  arm(now);
}

void Interval::over() {
  if (is_stopped()) return;
  Time now = parts_.clock.monotonic();
  missed_ += skip_to_after(now);
  arm(now);
}

// How many times of ticks have passed by then; the next one comes after it.
uint64_t Interval::skip_to_after(Time now) {
  if (now < next_) return 0;
  auto passed = (now - next_) / period_ + 1;
  next_ += passed * period_;
  return static_cast<uint64_t>(passed);
}

void Interval::arm(Time now) {
  auto delay = std::chrono::ceil<std::chrono::microseconds>(next_ - now);
  Timers::Id timer =
      parts_.timers.after(delay, [interval = shared_from_this()] { interval->due(); });
  bool stopped = state_.with([&](State& state) {
    state.timer = timer;
    return state.is_stopped;
  });
  if (stopped) parts_.timers.cancel(timer);
}

}  // namespace theater
