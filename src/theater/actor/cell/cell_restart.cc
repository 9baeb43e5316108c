// An actor that outlives its instance: it goes down, waits for what its supervisor says, and comes
// back with a fresh one.
//
// What stays is the id, the chain, the mailbox, and of the state what the rules say. What the lost
// instance had open ends with it: its call, its sessions, its channels, its children; and the
// requests that it had taken are answered when the next instance is made.
#include "theater/actor/cell/cell.h"
#include "theater/base/log.h"

#include <utility>

namespace theater {

using Down = Supervision::Down;

// Whether the supervisor would give the actor another instance. If not, it does not ask.
bool ActorCell::may_come_back(Down how) const {
  bool for_good = stop_asked_ || end_ == End::kKilled || !was_up_ || !spec_.parent;
  if (for_good) return false;
  if (stop_instance_due_ && how != Down::kCompleted) return true;
  switch (spec_.rules.restart) {
    case RestartKind::kPermanent:
      return true;
    case RestartKind::kTransient:
      return how == Down::kFailed;
    case RestartKind::kTemporary:
      break;
  }
  return false;
}

void ActorCell::init_is_done() {
  step_ = "starting its children";
  if (children_.start_declared()) children_are_up();
}

void ActorCell::children_failed(std::string why) {
  if (life_.phase == Phase::kStarting) return start_failed(std::move(why));
  bool is_over = life_.phase == Phase::kWaiting || life_.phase == Phase::kShuttingDown;
  if (is_over) return;
  recorder_.record(log::Control{log::Terminate{}, log::ByRuntime{}});
  if (activity_ != Activity::kNone) drop_call({engine::TrapCode::kKilled, why, {}});
  incarnation_failed(std::move(why));
}

void ActorCell::children_are_up() {
  // It may have been ended since the last of them was started.
  if (life_.phase != Phase::kStarting) return;
  was_up_ = true;
  bool leaves = end_ == End::kCompleted && may_come_back(Down::kCompleted);
  if (!leaves) apply(LifeEvent::kStarted);
  report_start(std::nullopt);
  if (leaves) return go_down(Down::kCompleted, {});
  if (stop_instance_due_ && life_.phase != Phase::kShuttingDown) go_down(Down::kAsked, {});
}

void ActorCell::call_is_over() {
  if (end_ == End::kCompleted && may_come_back(Down::kCompleted))
    return go_down(Down::kCompleted, {});
  if (stop_instance_due_ && end_ != End::kCompleted && may_come_back(Down::kAsked))
    return go_down(Down::kAsked, {});
  apply(LifeEvent::kCallEnded);
}

void ActorCell::start_failed(std::string why) {
  if (activity_ != Activity::kNone) drop_call({engine::TrapCode::kKilled, why, {}});
  if (may_come_back(Down::kFailed)) return go_down(Down::kFailed, std::move(why));
  failure_ = std::move(why);
  want_end(End::kFailed);
  apply(LifeEvent::kStartFailed);
}

void ActorCell::incarnation_failed(std::string why) {
  if (may_come_back(Down::kFailed)) return go_down(Down::kFailed, std::move(why));
  failure_ = std::move(why);
  want_end(End::kFailed);
  apply(LifeEvent::kInstanceLost);
}

void ActorCell::go_down(Down how, std::string why) {
  drop_guest();
  if (how == Down::kFailed) {
    log_line(LogLevel::kWarn, {.actor = name(), .part = "supervision"}, "{} failed: {}",
             spec_.id.to_string(), why);
  }
  down_ = ChildDown{spec_.id, how, std::move(why), std::exchange(shutdown_data_, std::nullopt),
                    timeout_s_};
  down_told_ = false;
  end_ = End::kNone;
  stop_instance_due_ = false;
  step_ = "waiting to be restarted";
  apply(LifeEvent::kDown);
}

Task::Turn ActorCell::wait_for_verdict() {
  bool is_alone = children_.end_all(stops_by_force_);
  if (is_alone && !std::exchange(down_told_, true)) spec_.parent->cell->tell(*down_);
  return Turn::kParked;
}

void ActorCell::handle(StopInstanceRequest& request) {
  if (ended_ || life_.phase == Phase::kShuttingDown) return;
  stops_by_force_ = stops_by_force_ || request.by_force;
  if (life_.phase == Phase::kWaiting) return;
  bool is_busy = life_.phase == Phase::kStarting || life_.phase == Phase::kProcessing;
  if (request.by_force && is_busy && !was_up_) {
    // There is nothing to go back to.
    KillRequest kill{std::move(request.by)};
    return handle(kill);
  }
  if (!std::exchange(stop_instance_due_, true))
    recorder_.record(log::Control{log::Restart{}, std::move(request.by)});
  if (is_busy && !request.by_force) return;
  if (!may_come_back(Down::kAsked)) return;
  if (activity_ != Activity::kNone) drop_call({engine::TrapCode::kKilled, "restarted", {}});
  go_down(Down::kAsked, {});
}

void ActorCell::handle(RestartRequest&) {
  if (life_.phase != Phase::kWaiting || !down_told_) return;
  children_.reopen();
  if (spec_.rules.from == RestartFrom::kInitial) state_ = initial_state_;
  down_.reset();
  timeout_s_.reset();
  stops_by_force_ = false;
  begun_ = false;
  step_ = "waiting for a worker";
  apply(LifeEvent::kRevived);
}

void ActorCell::handle(TerminateRequest&) {
  if (life_.phase != Phase::kWaiting) return;
  switch (down_->how) {
    case Down::kFailed:
      failure_ = std::move(down_->why);
      want_end(End::kFailed);
      break;
    case Down::kCompleted:
      shutdown_data_ = std::move(down_->data);
      want_end(End::kCompleted);
      break;
    case Down::kAsked:
      want_end(End::kStopped);
      break;
  }
  apply(LifeEvent::kReleased);
}

void ActorCell::note_restart(const Hash& instance, bool recovers) {
  answer_open_requests(instance, "was restarted");
  log_line(LogLevel::kInfo, {.actor = name(), .part = recovers ? "recovery" : "supervision"},
           "{} {}: incarnation {}", spec_.id.to_string(), recovers ? "recovered" : "restarted",
           instances_ - 1);
}

void ActorCell::answer_open_requests(const Hash& by, std::string_view what) {
  for (ReplyTo& open : open_requests_.take_all()) {
    RequestAnswer answer;
    answer.result =
        tl::unexpected(fmt::format("actor {} {} before it answered", spec_.id.to_string(), what));
    answer.by = by;
    output_.answer(std::move(open), std::move(answer));
  }
}

}  // namespace theater
