#include "theater/handlers/timing/timing_session.h"

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

Refusal too_long(std::string_view what, uint64_t asked, uint64_t most) {
  return fmt::format("{} ({} {} ms, max_sleep_duration is {} ms)",
                     grant_of(AtLeast<Unit::kMilliseconds>::unrestricted(), {asked}), what, asked,
                     most);
}

}  // namespace

TimingSession::~TimingSession() {
  if (auto wait = wait_.lock()) wait->cancel();
}

uint64_t TimingSession::now() const {
  return clock_.wall_us() / 1000;
}

Refusal TimingSession::refuses_sleep(uint64_t duration) const {
  if (!permissions_.timing) return grant_of({0}, AtMost<Unit::kMilliseconds>::unrestricted());
  uint64_t most = permissions_.timing->max_sleep.value;
  uint64_t least = permissions_.timing->min_sleep.value;
  if (duration > most) return too_long("a sleep of", duration, most);
  if (duration >= least) return std::nullopt;
  return fmt::format("{} (a sleep of {} ms, min_sleep_duration is {} ms)",
                     grant_of({duration}, AtMost<Unit::kMilliseconds>::unrestricted()), duration,
                     least);
}

void TimingSession::sleep(uint64_t duration, WaitReply reply) {
  wait_ = Wait::sleep(timers_, clock_, Wait::Milliseconds(duration), std::move(reply));
}

// A deadline that is near is none that the guest could have put farther away, so there is no least.
Refusal TimingSession::refuses_deadline(uint64_t timestamp) const {
  if (!permissions_.timing) return grant_of({0}, AtMost<Unit::kMilliseconds>::unrestricted());
  uint64_t most = permissions_.timing->max_sleep.value;
  uint64_t left = timestamp - std::min(timestamp, now());
  if (left <= most) return std::nullopt;
  return too_long("a deadline in", left, most);
}

void TimingSession::deadline(uint64_t timestamp, WaitReply reply) {
  wait_ = Wait::until(timers_, clock_, Wait::Milliseconds(timestamp),
                      Wait::Milliseconds(permissions_.timing->max_sleep.value), std::move(reply));
}

}  // namespace theater
