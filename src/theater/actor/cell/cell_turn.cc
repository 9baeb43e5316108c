// One turn of an actor: from what is in its mailbox to the guest and back.
#include "theater/actor/cell/cell.h"
#include "theater/actor/cell/failure.h"
#include "theater/actor/messaging/actor_view.h"
#include "theater/actor/messaging/call_result.h"
#include "theater/base/check.h"
#include "theater/wit/traits.h"

#include <utility>

namespace theater {

namespace {

// Bounds a turn: an actor whose guest always has something to do gives the worker back after this.
constexpr int kStepsMax = 64;

// Answers are given between resumes by the worker that has the actor, which goes on with the guest
// at once, so there is nobody to wake.
class NobodyToWake final : public engine::Waker {
 public:
  void wake() override {}
};

log::Limits recorded(const engine::Limits& limits, const MailboxLimits& mailbox) {
  log::Limits record;
  record.memory_bytes = limits.memory_bytes;
  record.table_elements = limits.table_elements;
  record.core_instances = limits.core_instances;
  record.payload_bytes = limits.payload_bytes;
  record.call_ticks = limits.call_ticks;
  record.mailbox_messages = mailbox.messages;
  return record;
}

}  // namespace

Task::Turn ActorCell::take_turn() {
  if (!may_begin_.load(std::memory_order_acquire)) return Turn::kParked;
  recorder_.begin_turn(services_.clock.wall_us());
  meter_.resume(services_.clock.monotonic());
  std::optional<Turn> turn;
  for (int steps = 0; !turn && steps < kStepsMax; ++steps)
    turn = step();
  if (activity_ == Activity::kCalling) meter_.pause(services_.clock.monotonic());
  publish();
  return turn.value_or(Turn::kMore);
}

std::optional<Task::Turn> ActorCell::step() {
  using Work = Lifecycle::Work;
  handle_urgent();
  Work work = life_.work();
  if (work == Work::kNone) {
    report_idle();
    return Turn::kParked;
  }
  if (life_.end() != End::kKilled && !recorder_.has_room()) return wait_for_room();
  // The push of the last message on its way wakes an actor that ends.
  if (work == Work::kEnd) return finish_end() ? std::nullopt : std::optional(Turn::kParked);
  if (work == Work::kAwaitVerdict) return wait_for_verdict();
  if (waits_for_log_rate()) {
    bool is_free = begun_ && activity_ == Activity::kNone;
    if (is_free && (life_.phase() != Phase::kIdle || mailbox_.waiting() == 0)) report_idle();
    return Turn::kParked;
  }
  if (!begun_) {
    start();
    return std::nullopt;
  }
  if (activity_ != Activity::kNone) return resume_guest();
  if (life_.phase() == Phase::kIdle && snapshot_is_due() && take_snapshot()) return std::nullopt;
  if (life_.phase() == Phase::kIdle && begin_next_call()) return std::nullopt;
  report_idle();
  return Turn::kParked;
}

// The log is behind: nothing that makes events is started or resumed until it has caught up. One
// that has stopped never does, and the actor has nothing left to do but to be ended by force.
Task::Turn ActorCell::wait_for_room() {
  if (recorder_.log_has_stopped()) {
    report_idle();
    return Turn::kParked;
  }
  if (!room_awaited_.exchange(true)) {
    recorder_.when_room([cell = self()] {
      cell->room_awaited_.store(false);
      cell->wake();
    });
  }
  return Turn::kParked;
}

void ActorCell::handle_urgent() {
  mailbox_.take_urgent(control_, completed_);
  if (control_.empty() && completed_.empty()) return;
  for (ControlItem& item : std::exchange(control_, {})) {
    std::visit([this](auto& request) { handle(request); }, item);
  }
  for (Completed& completed : std::exchange(completed_, {}))
    handle(completed);
}

void ActorCell::handle(StopRequest& request) {
  bool is_first = life_.want_stop();
  apply(LifeEvent::kShutdown);
  if (is_first) recorder_.record(log::Control{log::Shutdown{}, std::move(request.by)});
}

void ActorCell::handle(PauseRequest& request) {
  ControlResult result = apply(request.later ? LifeEvent::kPauseLater : LifeEvent::kPause);
  if (result == ControlResult::kLater) {
    pause_waiters_.push_back(std::move(request));
    return;
  }
  if (result == ControlResult::kOk) {
    recorder_.record(log::Control{log::Pause{}, std::move(request.by)});
  }
  request.answer(refusal(result));
}

void ActorCell::handle(ResumeRequest& request) {
  ControlResult result = apply(LifeEvent::kResume);
  if (result == ControlResult::kOk) {
    recorder_.record(log::Control{log::Resume{}, std::move(request.by)});
  }
  request.answer(refusal(result));
}

void ActorCell::handle(KillRequest& request) {
  if (!life_.want_kill()) return;
  recorder_.record(log::Control{log::Terminate{}, std::move(request.by)});
  apply(LifeEvent::kTerminate);
  if (activity_ != Activity::kNone) drop_call({engine::TrapCode::kKilled, "killed", {}});
}

void ActorCell::handle(InspectRequest& request) {
  request.look({id(), chain(), state_, life_.has_ended()});
}

void ActorCell::handle(IdleRequest& request) {
  idle_waiters_.push_back(std::move(request.done));
}

void ActorCell::report_idle() {
  if (idle_waiters_.empty()) return;
  // Whoever waited may look at the status at once.
  publish();
  for (auto& done : std::exchange(idle_waiters_, {}))
    done();
}

void ActorCell::handle(Completed& completed) {
  if (auto* news = std::get_if<ChildEvent>(&completed)) {
    children_.handle(std::move(*news));
    return;
  }
  if (binder_ && binder_->complete(completed)) return;
  auto* late = std::get_if<AnsweredRequest>(&completed);
  if (late != nullptr && late->answer.was_sent && !life_.has_ended()) {
    recorder_.record(log::Discarded{*late->answer.by, log::DiscardReason::kLateAnswer});
  }
}

void ActorCell::start() {
  begun_ = true;
  step_ = "opening sessions";
  Result<void> made = make_instance();
  if (!made) {
    drop_guest();
    return instance_failed(LifeEvent::kStartFailed, made.error().to_string());
  }
  step_ = "instantiating the component";
  log::Instance body = instance_body();
  bool is_first = instances_ == 0;
  std::optional<bool> recovers = std::exchange(recovered_init_runs_, std::nullopt);
  if (!is_first) body.why = log::InstanceReason::kRestart;
  if (recovers) body.why = log::InstanceReason::kRecover;
  body.incarnation = instances_++;
  bool is_initial = is_first || spec_.rules.from == RestartFrom::kInitial;
  init_runs_ = is_initial ? spec_.init_runs : spec_.rules.init_runs;
  if (recovers) init_runs_ = *recovers;
  body.init_runs = init_runs_;
  Hash instance = recorder_.record(body).hash;
  if (!is_first) note_restart(instance, recovers.has_value());
  count_from_here();
  guest_->instantiate();
  activity_ = Activity::kInstantiating;
}

// What is the same however the instance comes about.
log::Instance ActorCell::instance_body() const {
  const ActorTemplate& common = *spec_.common;
  log::Instance body;
  body.component = common.component;
  body.engine = common.engine;
  body.functions = common.binding->functions.names();
  body.grants = common.grants;
  body.limits = recorded(common.limits, common.mailbox);
  if (state_) body.state = log::SomeState{log::content_of(*state_)};
  return body;
}

Result<void> ActorCell::make_instance() {
  const ActorTemplate& common = *spec_.common;
  const Binding& binding = *common.binding;
  SessionContext context{*this,           common.manifest,  common.permissions,
                         services_.clock, services_.timers, services_.jobs};
  std::vector<std::unique_ptr<Session>> sessions;
  for (const Handler* handler : binding.handlers) {
    sessions.push_back(
        THEATER_TRY_CONTEXT(handler->make_session(context), "handler {}", handler->name()));
  }
  binder_ = std::make_unique<Binder>(
      Binder::Parts{services_, recorder_, output_, open_requests_, channels_, *this, binding,
                    durability_, common.limits.payload_bytes, budget_.get(), next_call_},
      std::move(sessions));
  guest_ = THEATER_TRY(make_guest());
  return {};
}

Result<std::unique_ptr<engine::Guest>> ActorCell::make_guest() {
  const ActorTemplate& common = *spec_.common;
  return common.program->make_guest(common.limits, *binder_, std::make_shared<NobodyToWake>());
}

std::optional<Task::Turn> ActorCell::resume_guest() {
  if (binder_->waiting()) return Turn::kParked;
  if (lost_to_budget()) return std::nullopt;
  // Whoever asks something of a guest that spins gives it no more time than it has; but not twice
  // in a row, or they could keep it from running.
  if (std::exchange(spent_, false) && is_early()) return Turn::kSpent;
  switch (run_guest()) {
    case engine::Progress::kDone:
      finish_invocation();
      return std::nullopt;
    case engine::Progress::kYielded:
      if (call_is_too_long()) {
        lose_to_time();
        return std::nullopt;
      }
      spent_ = true;
      return Turn::kSpent;
    case engine::Progress::kWaiting:
      if (call_is_too_long()) {
        lose_to_time();
        return std::nullopt;
      }
      binder_->begin_effect();
      if (binder_->waiting()) mind_waiting_call();
      return std::nullopt;
    case engine::Progress::kTrapped:
      break;
  }
  lose_instance(guest_->trap());
  return std::nullopt;
}

bool ActorCell::begin_next_call() {
  std::optional<Message> message = mailbox_.take_message();
  if (!message) return false;
  if (message->function->channel != nullptr && !admit(*message)) {
    discard(*std::move(message), log::DiscardReason::kCancelled, {});
    return true;
  }
  if (spec_.common->binding->find_export(*message->function) == nullptr) {
    std::string text = fmt::format("actor {} does not export {}", spec_.id.to_string(),
                                   message->function->name.to_string());
    discard(*std::move(message), log::DiscardReason::kNoSuchExport, std::move(text));
    return true;
  }
  apply(LifeEvent::kCallBegan);
  begin_call(*std::move(message));
  return true;
}

void ActorCell::begin_init() {
  step_ = "running init";
  Message message;
  message.function = &init_function();
  wit::encode_params(message.params, spec_.id.to_string());
  begin_call(std::move(message));
}

void ActorCell::begin_call(Message message) {
  const Binding& binding = *spec_.common->binding;
  const BoundExport* bound = binding.find_export(*message.function);
  recorder_.record(log::Call{bound->index, message.from, log::borrowed_payload(message.params)});
  write_call_arguments(args_, state_, message.params);
  current_ = std::move(message);
  if (current_.reply.wanted() && current_.function->answer == AnswerForm::kDeferred) {
    // It may be answered by its id from here on, even before the call returns.
    open_requests_.add(std::string(id_of(current_)), std::move(current_.reply));
  }
  ++call_number_;
  auto position = static_cast<size_t>(bound - binding.exports.data());
  guest_->call(spec_.common->export_numbers[position], args_);
  activity_ = Activity::kCalling;
}

void ActorCell::finish_invocation() {
  forget_call_time();
  switch (std::exchange(activity_, Activity::kNone)) {
    case Activity::kInstantiating:
      meter_.resume(services_.clock.monotonic());
      init_runs_ ? begin_init() : init_is_done();
      break;
    case Activity::kCalling:
      finish_call();
      break;
    case Activity::kRenewing:
      meter_.resume(services_.clock.monotonic());
      call_is_over();
      break;
    case Activity::kNone:
      break;
  }
}

void ActorCell::finish_call() {
  CallReturn returned = read_call_return(guest_->result());
  if (returned.state && returned.state->size() > part_bytes_max()) {
    std::string why = fmt::format("the state has {} bytes; this actor may keep {}",
                                  returned.state->size(), part_bytes_max());
    activity_ = Activity::kCalling;
    lose_instance({engine::TrapCode::kPayloadLimit, std::move(why), {}});
    return;
  }
  Hash hash = recorder_.record(returned_body(returned, state_)).hash;
  ++calls_;
  if (returned.is_error) ++errors_;
  meter_.call_ended(services_.clock.monotonic(),
                    returned.is_error ? CallEnd::kError : CallEnd::kReturned);
  if (life_.phase() != Phase::kStarting) {
    answer_caller(returned, hash);
    current_ = {};
    return call_is_over();
  }
  current_ = {};
  if (returned.is_error) {
    return instance_failed(LifeEvent::kStartFailed,
                           fmt::format("init returned an error: {}", returned.error_text));
  }
  init_is_done();
}

ReplyTo ActorCell::take_caller() {
  if (current_.function->answer != AnswerForm::kDeferred) return std::move(current_.reply);
  std::string_view id = id_of(current_);
  if (open_requests_.find(id) == nullptr) return {};
  return open_requests_.take(id);
}

void ActorCell::answer_caller(const CallReturn& returned, const Hash& by) {
  if (opens_channel(*current_.function)) return answer_open(returned, by);
  if (closes_channel(*current_.function)) channels_.remove(id_of(current_));
  RequestAnswer answer;
  answer.by = by;
  if (returned.is_error) {
    answer.result = tl::unexpected(std::string(returned.error_text));
  } else if (current_.function->answer == AnswerForm::kResult) {
    answer.result = to_bytes(returned.results);
  } else {
    bool is_later = returned.results[0] == 0;
    if (is_later) return;
    answer.result = to_bytes(returned.results.subspan(1));
  }
  output_.answer(take_caller(), std::move(answer));
}

}  // namespace theater
