// One turn of an actor: from the items of its mailbox to the guest and back.
#include "theater/actor/cell/cell.h"
#include "theater/actor/cell/failure.h"
#include "theater/actor/messaging/call_result.h"
#include "theater/base/check.h"
#include "theater/wit/traits.h"

#include <utility>

namespace theater {

namespace {

// The bound of a turn, after which an actor with a busy guest gives the worker back.
constexpr int kStepsMax = 64;

}  // namespace

Task::Turn ActorCell::take_turn() {
  bool stands_still = services_.stage.load(std::memory_order_acquire) == NodeStage::kStandsStill;
  if (!may_begin() || stands_still) return Turn::kParked;
  recorder_.begin_turn(services_.clock.wall_us());
  meter_.resume(services_.clock.monotonic());
  std::optional<Turn> turn;
  for (int steps = 0; !turn && steps < kStepsMax; ++steps)
    turn = step();
  if (incarnation_ && incarnation_->is_calling()) meter_.pause(services_.clock.monotonic());
  publish();
  return turn.value_or(Turn::kMore);
}

std::optional<Task::Turn> ActorCell::step() {
  using Work = Lifecycle::Work;
  handle_urgent();
  if (!completed_.empty()) {
    await_room();
    return Turn::kParked;
  }
  Work work = life_.work();
  if (work == Work::kNone) {
    requests_.report_idle();
    requests_.report_rest();
    return Turn::kParked;
  }
  if (life_.end() != End::kKilled && !recorder_.has_room()) return wait_for_room();
  // The push of the last message on its way wakes an actor that ends.
  if (work == Work::kEnd) return finish_end() ? std::nullopt : std::optional(Turn::kParked);
  if (work == Work::kAwaitVerdict) return wait_for_verdict();
  if (waits_for_log()) return Turn::kParked;
  if (!incarnation_) {
    start();
    return std::nullopt;
  }
  if (incarnation_->is_busy()) return resume_guest();
  bool closes = services_.stage.load(std::memory_order_acquire) != NodeStage::kRuns;
  if (closes && life_.phase() != Phase::kStarting) {
    requests_.report_rest();
    return Turn::kParked;
  }
  if (life_.phase() == Phase::kIdle && begin_update()) return std::nullopt;
  if (life_.phase() == Phase::kIdle && take_snapshot()) return std::nullopt;
  if (life_.phase() == Phase::kIdle && begin_next_call()) return std::nullopt;
  requests_.report_idle();
  return Turn::kParked;
}

// The log is behind: nothing that makes events is started or resumed until it has caught up. A log
// that has stopped never does, and then only force ends the actor.
Task::Turn ActorCell::wait_for_room() {
  if (recorder_.log_has_stopped()) {
    if (life_.phase() == Phase::kStarting) report_lost_start();
    requests_.report_idle();
    requests_.report_rest();
    return Turn::kParked;
  }
  await_room();
  return Turn::kParked;
}

void ActorCell::await_room() {
  if (room_awaited_.exchange(true)) return;
  recorder_.when_room([cell = self()] {
    cell->room_awaited_.store(false);
    cell->wake();
  });
}

// An actor that has recorded more than its share makes no events until the debt is paid. One that
// has a log makes none while the disk is full, unless it ends.
bool ActorCell::waits_for_log() {
  LimitKeeper::LogWait of_rate = limits_.charge_log(recorder_.counts().bytes);
  LimitKeeper::LogWait wait = of_rate;
  bool needs_disk = recorder_.is_durable() && life_.end() == End::kNone;
  if (wait == LimitKeeper::LogWait::kNone && needs_disk) {
    wait = limits_.await_disk(recorder_.counts().bytes);
  }
  if (wait == LimitKeeper::LogWait::kNone) return false;
  bool begins = wait == LimitKeeper::LogWait::kBegins;
  if (begins && limits_.measures_call()) {
    limits_.watch_waiting_call(meter_.since(), incarnation_->binder());
  }
  bool is_free = incarnation_ && !incarnation_->is_busy();
  bool closes = services_.stage.load(std::memory_order_acquire) != NodeStage::kRuns;
  if (closes && is_free && life_.phase() != Phase::kStarting) requests_.report_rest();
  if (is_free && (life_.phase() != Phase::kIdle || mailbox_.waiting() == 0)) {
    requests_.report_idle();
  } else if (of_rate != LimitKeeper::LogWait::kNone) {
    limits_.report_log_wait();
  }
  return true;
}

void ActorCell::handle_urgent() {
  mailbox_.take_urgent(requests_.taken(), completed_);
  if (requests_.taken().empty() && completed_.empty()) return;
  requests_.handle();
  // All actors of the node may have a call that completes, so without room each would add to what
  // is too much already.
  bool may_record =
      life_.end() == End::kKilled || recorder_.has_room() || recorder_.log_has_stopped();
  if (!may_record) return;
  for (Completed& completed : std::exchange(completed_, {}))
    handle(completed);
}

void ActorCell::handle(Completed& completed) {
  if (auto* news = std::get_if<ChildEvent>(&completed)) {
    children_.handle(std::move(*news));
    return;
  }
  if (auto* note = std::get_if<NoteRequest>(&completed)) return write(*note);
  if (incarnation_ && incarnation_->binder().complete(completed)) return;
  auto* late = std::get_if<AnsweredRequest>(&completed);
  if (late != nullptr && late->answer.was_sent && !life_.has_ended()) {
    recorder_.record(log::Discarded{*late->answer.by, log::DiscardReason::kLateAnswer});
  }
}

void ActorCell::write(NoteRequest& request) {
  if (request.session.expired() || life_.has_ended()) return;
  recorder_.record(log::Control{std::move(request.note), log::ByRuntime{}},
                   Recorder::Payloads::kRemovable);
  auto written = std::make_shared<NoteWritten>(std::move(request.written));
  output_.to_outside(
      [written](const std::optional<Error>& failure) { std::move(*written).hear(failure); });
}

std::optional<Task::Turn> ActorCell::resume_guest() {
  Binder& binder = incarnation_->binder();
  if (binder.waiting()) return Turn::kParked;
  // A call that has finished when the time runs out counts; an unfinished one is lost.
  if (limits_.spent_cpu()) {
    lose_instance({engine::TrapCode::kCpuLimit, "the time of a budget is used up", {}});
    return std::nullopt;
  }
  limits_.count_log(holdings_->budget());
  if (limits_.spent_log(holdings_->budget())) {
    lose_to_log();
    return std::nullopt;
  }
  // A request about a guest that spins gives the guest no extra time. But this holds only once, or
  // such requests could keep the guest from running.
  if (incarnation_->take_spent() && is_early()) return Turn::kSpent;
  switch (limits_.run(incarnation_->guest(), holdings_->budget())) {
    case engine::Progress::kDone:
      finish_run();
      return std::nullopt;
    case engine::Progress::kYielded:
      if (limits_.call_is_too_long(meter_.since())) {
        lose_to_time();
        return std::nullopt;
      }
      incarnation_->note_spent();
      return Turn::kSpent;
    case engine::Progress::kWaiting:
      if (limits_.call_is_too_long(meter_.since())) {
        lose_to_time();
        return std::nullopt;
      }
      binder.begin_effect();
      if (binder.waiting()) limits_.watch_waiting_call(meter_.since(), binder);
      return std::nullopt;
    case engine::Progress::kTrapped:
      break;
  }
  lose_instance(incarnation_->guest().trap());
  return std::nullopt;
}

bool ActorCell::begin_next_call() {
  std::optional<Message> message = mailbox_.take_message();
  if (!message) return false;
  if (message->is_withdrawn()) {
    discard(*std::move(message), log::DiscardReason::kCancelled, "the call was withdrawn");
    return true;
  }
  if (message->function->channel != nullptr && !admit(*message)) {
    discard(*std::move(message), log::DiscardReason::kCancelled, {});
    return true;
  }
  if (!exports(*message->function)) {
    std::string text =
        denial(*message->function)
            .value_or(fmt::format("actor {} does not export {}", spec_.id.to_string(),
                                  message->function->name.to_string()));
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
  log::EventRef call =
      recorder_.record(log::Call{bound->index, message.from, log::borrowed_payload(message.params)},
                       message.function->is_removable ? Recorder::Payloads::kRemovable
                                                      : Recorder::Payloads::kBySize);
  message.reply.note_call({call.seq.value, call.hash, recorder_.keeps_outputs()});
  if (message.reply.wanted() && message.function->answer == AnswerForm::kReceipt) {
    output_.answer(std::move(message.reply), {.result = Bytes(), .by = call.hash});
  }
  if (message.reply.wanted() && message.function->answer == AnswerForm::kDeferred) {
    // The guest may answer it by its id from here on, even before the call returns.
    open_requests_.add(std::string(id_of(message)), std::move(message.reply));
  }
  limits_.begin_call();
  last_function_ = message.function;
  auto position = static_cast<size_t>(bound - binding.exports.data());
  if (message.function->holds) holdings_->take_callback(bound->index, message.params);
  incarnation_->call(std::move(message), call.seq.value, state_,
                     spec_.common->export_numbers[position]);
}

void ActorCell::finish_run() {
  limits_.end_call();
  Activity done = incarnation_->activity();
  if (done == Activity::kCalling) return finish_call();
  incarnation_->finish();
  meter_.resume(services_.clock.monotonic());
  if (done == Activity::kRenewing) return call_is_over();
  if (updates_) return update_is_done();
  incarnation_->init_runs() ? begin_init() : init_is_done();
}

void ActorCell::finish_call() {
  CallReturn returned = read_call_return(incarnation_->guest().result());
  if (returned.state && returned.state->size() > limits_.part_bytes_max()) {
    std::string why = fmt::format("the state has {} bytes; this actor may keep {}",
                                  returned.state->size(), limits_.part_bytes_max());
    return lose_instance({engine::TrapCode::kPayloadLimit, std::move(why), {}});
  }
  incarnation_->finish();
  Recorder::Payloads payloads = incarnation_->message().function->is_removable
                                    ? Recorder::Payloads::kRemovable
                                    : Recorder::Payloads::kBySize;
  Hash hash = recorder_.record(returned_body(returned, state_), payloads).hash;
  record_cpu_if_due();
  meter_.call_ended(services_.clock.monotonic(),
                    returned.is_error ? CallEnd::kError : CallEnd::kReturned);
  if (life_.phase() != Phase::kStarting) {
    answer_caller(returned, hash);
    incarnation_->forget_call();
    return call_is_over();
  }
  incarnation_->forget_call();
  if (returned.is_error) {
    return instance_failed(LifeEvent::kStartFailed,
                           fmt::format("init returned an error: {}", returned.error_text));
  }
  init_is_done();
}

ReplyTo ActorCell::take_caller() {
  Message& call = incarnation_->message();
  if (call.function->answer != AnswerForm::kDeferred) return std::move(call.reply);
  std::string_view id = id_of(call);
  if (open_requests_.find(id) == nullptr) return {};
  return open_requests_.take(id);
}

void ActorCell::answer_caller(const CallReturn& returned, const Hash& by) {
  const Message& call = incarnation_->message();
  if (opens_channel(*call.function)) return answer_open(returned, by);
  if (closes_channel(*call.function)) channels_.remove(id_of(call));
  RequestAnswer answer;
  answer.by = by;
  if (returned.is_error) {
    answer.result = tl::unexpected(std::string(returned.error_text));
    answer.is_from_guest = true;
  } else if (call.function->answer != AnswerForm::kDeferred) {
    answer.result = to_bytes(returned.results);
  } else {
    bool is_later = returned.results[0] == 0;
    if (is_later) return;
    answer.result = to_bytes(returned.results.subspan(1));
  }
  output_.answer(take_caller(), std::move(answer));
}

}  // namespace theater
