#include "theater/actor/supervision/lifecycle.h"

#include <utility>

namespace theater {

void Lifecycle::recover(bool was_up, bool is_paused) {
  was_up_ = was_up;
  if (is_paused) state_.pending = Pending::kPause;
}

Lifecycle::Work Lifecycle::work() const {
  if (has_ended_) return Work::kNone;
  if (phase() == Phase::kShuttingDown) return Work::kEnd;
  return phase() == Phase::kWaiting ? Work::kAwaitVerdict : Work::kRun;
}

std::optional<ControlResult> Lifecycle::apply(LifeEvent event) {
  std::optional<Transition> next = transition(state_, event);
  if (!next) return std::nullopt;
  state_ = next->to;
  if (event == LifeEvent::kDown) {
    end_ = End::kNone;
    instance_stop_due_ = false;
    supervisor_notified_ = false;
  }
  if (event == LifeEvent::kRevived) instance_stops_by_force_ = false;
  return next->result;
}

bool Lifecycle::may_come_back(Down how) const {
  bool for_good = stop_requested_ || end_ == End::kKilled || !was_up_ || !restart_;
  if (for_good) return false;
  if (instance_stop_due_ && how != Down::kCompleted) return true;
  switch (*restart_) {
    case RestartKind::kPermanent:
      return true;
    case RestartKind::kTransient:
      return how == Down::kFailed;
    case RestartKind::kTemporary:
      break;
  }
  return false;
}

std::optional<Lifecycle::Down> Lifecycle::down_when_free() const {
  bool completes = end_ == End::kCompleted;
  bool is_down = (completes || instance_stop_due_) &&
                 may_come_back(completes ? Down::kCompleted : Down::kAsked);
  if (!is_down) return std::nullopt;
  return completes ? Down::kCompleted : Down::kAsked;
}

bool Lifecycle::want_stop() {
  stop_requested_ = true;
  bool is_first = end_ == End::kNone;
  raise(End::kStopped);
  return is_first;
}

bool Lifecycle::want_completion() {
  bool is_first = end_ < End::kCompleted;
  raise(End::kCompleted);
  return is_first;
}

bool Lifecycle::want_kill() {
  if (has_ended_ || end_ == End::kKilled) return false;
  raise(End::kKilled);
  return true;
}

void Lifecycle::want_release(Down how) {
  switch (how) {
    case Down::kFailed:
      return raise(End::kFailed);
    case Down::kCompleted:
      return raise(End::kCompleted);
    case Down::kAsked:
      return raise(End::kStopped);
  }
}

Lifecycle::InstanceStop Lifecycle::want_fresh_instance(bool by_force) {
  using Step = InstanceStop::Step;
  if (work() == Work::kNone || work() == Work::kEnd) return {};
  instance_stops_by_force_ = instance_stops_by_force_ || by_force;
  if (phase() == Phase::kWaiting) return {};
  if (by_force && is_busy() && !was_up_) return {Step::kKill};
  bool is_first = !std::exchange(instance_stop_due_, true);
  if (is_busy() && !by_force) return {Step::kLater, is_first};
  return {may_come_back(Down::kAsked) ? Step::kGoDown : Step::kLater, is_first};
}

bool Lifecycle::must_notify_supervisor() {
  return !std::exchange(supervisor_notified_, true);
}

}  // namespace theater
