#include "theater/actor/cell/cell_requests.h"

#include "theater/actor/cell/cell.h"
#include "theater/actor/messaging/actor_view.h"

#include <type_traits>
#include <utility>

namespace theater {

void CellRequests::handle() {
  for (ControlItem& item : std::exchange(taken_, {})) {
    std::visit([this](auto& request) { handle(request); }, item);
  }
}

void CellRequests::handle(StopRequest& request) {
  bool is_first = cell_.life_.want_stop();
  cell_.apply(LifeEvent::kShutdown);
  if (is_first) cell_.recorder_.record(log::Control{log::Shutdown{}, std::move(request.by)});
}

void CellRequests::handle(PauseRequest& request) {
  ControlResult result = cell_.apply(request.later ? LifeEvent::kPauseLater : LifeEvent::kPause);
  if (result == ControlResult::kLater) {
    pauses_.push_back(std::move(request));
    return;
  }
  if (result == ControlResult::kOk) {
    cell_.recorder_.record(log::Control{log::Pause{}, std::move(request.by)});
  }
  // A client that gets the answer may look at the status at once.
  cell_.publish();
  request.answer(refusal(result));
}

void CellRequests::handle(ResumeRequest& request) {
  ControlResult result = cell_.apply(LifeEvent::kResume);
  if (result == ControlResult::kOk) {
    cell_.recorder_.record(log::Control{log::Resume{}, std::move(request.by)});
  }
  cell_.publish();
  request.answer(refusal(result));
}

void CellRequests::handle(KillRequest& request) {
  if (!cell_.life_.want_kill()) return;
  cell_.recorder_.record(log::Control{log::Terminate{}, std::move(request.by)});
  cell_.apply(LifeEvent::kTerminate);
  cell_.drop_call({engine::TrapCode::kKilled, "killed", {}});
}

void CellRequests::handle(CallOverdue& overdue) {
  const auto& incarnation = cell_.incarnation_;
  bool is_current = incarnation && incarnation->is_busy() && cell_.limits_.is_current(overdue);
  if (is_current) cell_.lose_to_time();
}

void CellRequests::handle(InspectRequest& request) {
  request.look({cell_.id(), cell_.chain(), cell_.state_, cell_.life_.has_ended()});
}

void CellRequests::handle(IdleRequest& request) {
  idle_.push_back(std::move(request.done));
}

void CellRequests::handle(RestRequest& request) {
  rest_.push_back(std::move(request.done));
}

void CellRequests::handle(StopInstanceRequest& request) {
  using Step = Lifecycle::InstanceStop::Step;
  if (request.answer) {
    if (auto why = why_not_restarted()) return request.answer(std::move(why));
    restarts_.push_back(std::move(request.answer));
  }
  Lifecycle::InstanceStop stop = cell_.life_.want_fresh_instance(request.by_force);
  if (stop.step == Step::kKill) {
    KillRequest kill{std::move(request.by)};
    return handle(kill);
  }
  if (stop.is_first) {
    cell_.recorder_.record(log::Control{log::Restart{}, std::move(request.by)});
  }
  if (stop.step != Step::kGoDown) return;
  cell_.drop_call({engine::TrapCode::kKilled, "restarted", {}});
  cell_.go_down(Supervision::Down::kAsked, {});
}

void CellRequests::handle(UpdateRequest& request) {
  auto refuse = [&](std::string_view why) {
    request.answer(Error(ErrorCode::kUnavailable, fmt::format("actor {} cannot be updated: {}",
                                                              cell_.id().to_string(), why)));
  };
  using Work = Lifecycle::Work;
  Work work = cell_.life_.work();
  if (work == Work::kNone || work == Work::kEnd) return refuse("it has ended or is about to");
  if (update_answer_) return refuse("another update of it is not over");
  update_ = std::move(request.update);
  update_answer_ = std::move(request.answer);
}

void CellRequests::handle(RestartRequest&) {
  if (!cell_.life_.awaits_verdict()) return;
  cell_.children_.reopen();
  if (cell_.spec_.rules.from == RestartFrom::kInitial) cell_.state_ = cell_.initial_state_;
  cell_.down_.reset();
  cell_.timeout_s_.reset();
  cell_.step_ = "waiting for a worker";
  cell_.apply(LifeEvent::kRevived);
}

void CellRequests::handle(TerminateRequest& request) {
  using Down = Supervision::Down;
  if (cell_.life_.phase() != Phase::kWaiting) return;
  ChildDown& down = *cell_.down_;
  if (!request.why.empty()) down.why = std::move(request.why);
  if (down.how == Down::kFailed) cell_.failure_ = std::move(down.why);
  if (down.how == Down::kCompleted) cell_.shutdown_data_ = std::move(down.data);
  cell_.life_.want_release(down.how);
  cell_.apply(LifeEvent::kReleased);
}

void CellRequests::answer_pauses() {
  if (pauses_.empty()) return;
  bool waits = cell_.life_.phase() == Phase::kWaiting;
  bool is_due = cell_.life_.state().pending == Pending::kPause;
  if (is_due && !waits) return;
  bool paused = is_due || cell_.life_.phase() == Phase::kPaused;
  cell_.publish();
  for (PauseRequest& request : std::exchange(pauses_, {})) {
    if (paused) cell_.recorder_.record(log::Control{log::Pause{}, std::move(request.by)});
    request.answer(paused ? std::nullopt : refusal(ControlResult::kShuttingDown));
  }
}

void CellRequests::answer_restarts(const std::optional<Error>& why_not) {
  for (ActorInbox::Answered& answer : std::exchange(restarts_, {})) {
    if (why_not) {
      answer(why_not);
    } else {
      cell_.output_.to_outside(std::move(answer));
    }
  }
}

void CellRequests::answer_update(const std::optional<Error>& why_not) {
  update_.reset();
  ActorInbox::Answered answer = std::exchange(update_answer_, nullptr);
  if (!answer) return;
  if (why_not) return answer(why_not);
  // A client that gets the answer may look at the status at once.
  cell_.publish();
  cell_.output_.to_outside(std::move(answer));
}

void CellRequests::report_idle() {
  bool is_idle = cell_.life_.has_ended() || !cell_.expects_calls();
  if (is_idle) answer_idle();
}

void CellRequests::answer_idle() {
  if (idle_.empty()) return;
  // A caller may look at the status at once.
  cell_.publish();
  for (auto& done : std::exchange(idle_, {}))
    done();
}

void CellRequests::report_rest() {
  for (auto& done : std::exchange(rest_, {}))
    done();
}

template <class Item>
void CellRequests::leave_item(Item& item, const Error& why) {
  constexpr bool kIsEnd = std::is_same_v<Item, StopRequest> || std::is_same_v<Item, KillRequest>;
  constexpr bool kIsLook = std::is_same_v<Item, InspectRequest>;
  constexpr bool kIsPause =
      std::is_same_v<Item, PauseRequest> || std::is_same_v<Item, ResumeRequest>;
  constexpr bool kIsRestart = std::is_same_v<Item, StopInstanceRequest>;
  constexpr bool kIsUpdate = std::is_same_v<Item, UpdateRequest>;
  if constexpr (kIsEnd || kIsLook) {
    handle(item);
  } else if constexpr (kIsPause || kIsUpdate) {
    item.answer(why);
  } else if constexpr (kIsRestart) {
    if (item.answer) item.answer(why);
  } else if constexpr (std::is_same_v<Item, IdleRequest> || std::is_same_v<Item, RestRequest>) {
    item.done();
  }
}

void CellRequests::leave(const Error& why) {
  for (ControlItem& item : std::exchange(taken_, {}))
    std::visit([&](auto& request) { leave_item(request, why); }, item);
  for (PauseRequest& request : std::exchange(pauses_, {}))
    request.answer(why);
  answer_restarts(why);
  answer_update(why);
  answer_idle();
  report_rest();
}

std::optional<Error> CellRequests::refusal(ControlResult result) const {
  std::string id = cell_.id().to_string();
  Phase phase = cell_.life_.phase();
  auto error = [](std::string text) { return Error(ErrorCode::kUnavailable, std::move(text)); };
  switch (result) {
    case ControlResult::kNone:
    case ControlResult::kOk:
    case ControlResult::kLater:
      return std::nullopt;
    case ControlResult::kNotPaused:
      return error(fmt::format("NotPaused: actor {} is {}", id, phase_name(phase)));
    case ControlResult::kCannotPause:
      return error(fmt::format("Cannot pause during operation: actor {} is {}", id,
                               phase_name(phase)))
          .with_hint("ask for the pause to wait until the actor is free");
    case ControlResult::kShuttingDown:
      break;
  }
  return error(fmt::format("ShuttingDown: actor {} {}", id,
                           cell_.life_.has_ended() ? "has ended" : "is ending"));
}

std::optional<Error> CellRequests::why_not_restarted() const {
  if (cell_.life_.end() != Lifecycle::End::kNone) return refusal(ControlResult::kShuttingDown);
  if (cell_.is_supervised()) return std::nullopt;
  return Error(ErrorCode::kUnavailable,
               fmt::format("actor {} has no supervisor that could restart it",
                           cell_.id().to_string()))
      .with_hint("stop it and start it again");
}

}  // namespace theater
