#include "theater/handlers/timing/timing_session.h"

#include "theater/base/check.h"
#include "theater/base/log.h"
#include "theater/handlers/timing/interval_holdings.h"
#include "theater/manifest/grant.h"

#include <algorithm>
#include <utility>

namespace theater {

namespace {

// The grant of waits of that length, at least and at most.
std::string grant_of(AtLeast<Unit::kMilliseconds> least, AtMost<Unit::kMilliseconds> most) {
  Permissions wanted;
  wanted.timing = TimingPermissions{most, least};
  return to_grants(wanted).front();
}

std::string bare_grant() {
  return grant_of({0}, AtMost<Unit::kMilliseconds>::unrestricted());
}

Refusal too_long(std::string_view what, uint64_t asked, uint64_t most) {
  return fmt::format("{} ({} {} ms, max_sleep_duration is {} ms)",
                     grant_of(AtLeast<Unit::kMilliseconds>::unrestricted(), {asked}), what, asked,
                     most);
}

}  // namespace

TimingSession::~TimingSession() {
  if (auto wait = wait_.lock()) wait->cancel();
  for (auto& [name, interval] : intervals_)
    interval->stop();
}

uint64_t TimingSession::now() const {
  return clock_.wall_us() / 1000;
}

Refusal TimingSession::refuses_time(std::string_view what, uint64_t time) const {
  if (!permissions_.timing) return bare_grant();
  uint64_t most = permissions_.timing->max_sleep.value;
  uint64_t least = permissions_.timing->min_sleep.value;
  if (time > most) return too_long(what, time, most);
  if (time >= least) return std::nullopt;
  return fmt::format("{} ({} {} ms, min_sleep_duration is {} ms)",
                     grant_of({time}, AtMost<Unit::kMilliseconds>::unrestricted()), what, time,
                     least);
}

Refusal TimingSession::refuses_sleep(uint64_t duration) const {
  return refuses_time("a sleep of", duration);
}

void TimingSession::sleep(uint64_t duration, WaitReply reply) {
  wait_ = Wait::sleep(timers_, clock_, Wait::Milliseconds(duration), std::move(reply));
}

// A deadline that is near is none that the guest could have put farther away, so there is no least.
Refusal TimingSession::refuses_deadline(uint64_t timestamp) const {
  if (!permissions_.timing) return bare_grant();
  uint64_t most = permissions_.timing->max_sleep.value;
  uint64_t left = timestamp - std::min(timestamp, now());
  if (left <= most) return std::nullopt;
  return too_long("a deadline in", left, most);
}

void TimingSession::deadline(uint64_t timestamp, WaitReply reply) {
  wait_ = Wait::until(timers_, clock_, Wait::Milliseconds(timestamp),
                      Wait::Milliseconds(permissions_.timing->max_sleep.value), std::move(reply));
}

Refusal TimingSession::refuses_interval(uint64_t every) const {
  return refuses_time("an interval of", every);
}

TimingSession::Said TimingSession::start_interval(std::string_view name, uint64_t every) {
  if (name.empty()) return tl::unexpected(std::string("Interval name is empty"));
  if (name.size() > kNameBytesMax) {
    return tl::unexpected(
        fmt::format("Interval name is longer than {} bytes: {}", kNameBytesMax, name.size()));
  }
  if (every == 0) return tl::unexpected(fmt::format("Interval {} has no length: 0 ms", name));
  if (intervals_.contains(name)) {
    return tl::unexpected(fmt::format("Interval {} runs already: stop it first", name));
  }
  if (intervals_.size() == kIntervalsMax) {
    return tl::unexpected(fmt::format(
        "{} intervals of this actor run, which is the limit: stop one first", kIntervalsMax));
  }
  std::shared_ptr<GuestCalls> calls = actor_.guest_calls();
  if (!calls->exports(tick_)) {
    return tl::unexpected(
        fmt::format("Interval {} has no function to call: the component does not "
                    "export {}",
                    name, tick_.name.to_string()));
  }
  start(name, every, std::move(calls));
  return {};
}

void TimingSession::start(std::string_view name, uint64_t every,
                          std::shared_ptr<GuestCalls> calls) {
  intervals_.emplace(name, Interval::start({timers_, clock_, std::move(calls), tick_,
                                            std::string(name), Wait::Milliseconds(every)}));
}

void TimingSession::restore(ByteView held) {
  auto intervals = read_held_intervals(held);
  THEATER_CHECK(intervals.has_value(), "{}", intervals.error().to_string());
  std::shared_ptr<GuestCalls> calls = actor_.guest_calls();
  for (const HeldInterval& interval : *intervals) {
    Refusal why = refuses_interval(interval.period_ms);
    if (!why && !calls->exports(tick_))
      why = fmt::format("the component does not export {}", tick_.name.to_string());
    if (why) {
      log_line(LogLevel::kWarn, {.actor = actor_.name(), .part = "timing", .id = actor_.id()},
               "{}: interval {} of {} ms is not restored: {}", actor_.id().to_string(),
               interval.name, interval.period_ms, *why);
      continue;
    }
    start(interval.name, interval.period_ms, calls);
  }
}

Refusal TimingSession::refuses_intervals() const {
  if (permissions_.timing) return std::nullopt;
  return bare_grant();
}

TimingSession::Said TimingSession::stop_interval(std::string_view name) {
  auto found = intervals_.find(name);
  if (found == intervals_.end()) {
    return tl::unexpected(fmt::format("Interval {} does not run", name.substr(0, kNameBytesMax)));
  }
  found->second->stop();
  intervals_.erase(found);
  return {};
}

}  // namespace theater
