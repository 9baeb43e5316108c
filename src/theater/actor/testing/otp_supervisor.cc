#include "theater/actor/testing/otp_supervisor.h"

#include <fmt/format.h>

#include <algorithm>

namespace theater::testing {

using Time = Supervision::Time;

std::string trace_line(std::string_view step, size_t child, Time now) {
  return fmt::format("{} {} at {}", step, child, now.count());
}

std::string difference(const SupervisorTrace& one, const SupervisorTrace& other) {
  auto [at, its] = std::mismatch(one.begin(), one.end(), other.begin(), other.end());
  if (at == one.end() && its == other.end()) return "";
  auto next = [](const SupervisorTrace& trace, auto place) {
    return place == trace.end() ? std::string("nothing") : *place;
  };
  return fmt::format("after {} steps: {}, not {}", at - one.begin(), next(one, at),
                     next(other, its));
}

OtpSupervisor::OtpSupervisor(const SupervisorPlan& plan) : plan_(plan) {
  for (RestartKind kind : plan.kinds)
    children_.push_back({kind});
}

void OtpSupervisor::take(const SupervisorPlan::Exit& exit) {
  now_ += exit.after;
  if (children_[exit.child].alive) exits(exit.child, exit.how);
  while (!mailbox_.empty() && !failed_)
    handle_exit();
}

// A child that is not restarted is off the books at once.
void OtpSupervisor::exits(size_t child, Supervision::Down how) {
  Child& it = children_[child];
  it.alive = false;
  it.ended = now_;
  if (it.kind == RestartKind::kTemporary ||
      (it.kind == RestartKind::kTransient && how == Supervision::Down::kCompleted)) {
    it.deleted = true;
    note("release", child);
  } else {
    mailbox_.push_back(child);
  }
}

void OtpSupervisor::handle_exit() {
  std::optional<size_t> failed = mailbox_.front();
  mailbox_.pop_front();
  while (failed && !failed_)
    failed = restart(*failed);
}

// Returns whose start failed.
std::optional<size_t> OtpSupervisor::restart(size_t child) {
  history_.push_back(now_);
  auto recent = std::count_if(history_.begin(), history_.end(),
                              [&](Time then) { return now_ <= then + plan_.rules.period; });
  if (recent > static_cast<std::ptrdiff_t>(plan_.rules.restarts)) {
    failed_ = true;
    note("give up", child);
    return std::nullopt;
  }
  size_t first = plan_.rules.strategy == Strategy::kOneForAll ? 0 : child;
  size_t last = plan_.rules.strategy == Strategy::kOneForOne ? child : children_.size() - 1;
  for (size_t i = last + 1; i-- > first;)
    terminate(i);
  sleep_before(child);
  for (size_t i = first; i <= last; ++i) {
    if (!children_[i].deleted && !start(i)) return i;
  }
  return std::nullopt;
}

void OtpSupervisor::terminate(size_t child) {
  // Its exit is taken out of the mailbox.
  std::erase(mailbox_, child);
  if (!children_[child].alive || children_[child].deleted) return;
  bool temporary = children_[child].kind == RestartKind::kTemporary;
  note(temporary ? "remove" : "stop", child);
  children_[child].alive = false;
  children_[child].deleted = temporary;
}

void OtpSupervisor::sleep_before(size_t child) {
  Child& it = children_[child];
  if (it.came_up && it.ended - it.started >= plan_.rules.period) it.row = 0;
  it.came_up = false;
  Time delay{0};
  if (++it.row >= 2) {
    // Doubled so often that the cap is reached, or as often as it must be.
    auto doublings = std::min(it.row - 2, 20u);
    delay = std::min<Time>(Time(plan_.rules.backoff) * (1 << doublings), plan_.rules.backoff_max);
  }
  now_ += delay;
}

bool OtpSupervisor::start(size_t child) {
  note("start", child);
  starts_.push_back(child);
  Child& it = children_[child];
  Fate fate = plan_.fate(child, it.restarts++);
  it.came_up = fate != Fate::kDoesNotStart;
  if (!it.came_up) return false;
  it.alive = true;
  it.started = now_;
  if (fate == Fate::kCrashesAtOnce) exits(child, Supervision::Down::kFailed);
  if (fate == Fate::kCompletesAtOnce) exits(child, Supervision::Down::kCompleted);
  return true;
}

}  // namespace theater::testing
