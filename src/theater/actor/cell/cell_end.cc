// The end of a call, an instance or the actor: each waiting caller gets an answer, and the chain
// gives the reason.
#include "theater/actor/cell/cell.h"
#include "theater/actor/cell/failure.h"

#include <utility>

namespace theater {

void ActorCell::lose_instance(const engine::Trap& trap) {
  // The trap may belong to the guest, which drop_call() destroys.
  std::string why = trap.to_string(limits_.breach(trap, incarnation_->function_text()));
  timeout_s_ = limits_.timeout_s(trap);
  // The parent is notified of its own budget by the failure of this actor.
  auto spent = limits_.spent_by(trap);
  if (spent && spent->owner != spec_.id) limits_.report_spent(*spent);
  drop_call(trap);
  instance_failed(LifeEvent::kInstanceLost, std::move(why));
}

void ActorCell::lose_to_time() {
  recorder_.record(log::Control{log::Terminate{}, log::ByRuntime{}});
  lose_instance({engine::TrapCode::kTimeLimit, "the call took too long, waiting included", {}});
}

void ActorCell::lose_to_log() {
  recorder_.record(log::Control{log::Terminate{}, log::ByRuntime{}});
  lose_instance(LimitKeeper::log_spent_trap());
}

// Records that the instance is lost in the middle of a run, and answers the caller. Without a run
// there is nothing to drop. The next step of the actor is up to the caller of this.
void ActorCell::drop_call(const engine::Trap& trap) {
  if (!incarnation_ || !incarnation_->is_busy()) return;
  std::string breach = limits_.breach(trap, incarnation_->function_text());
  if (updates_) give_up_update(trap.to_string(breach));
  if (!breach.empty()) breach = ": " + breach;
  limits_.end_call();
  incarnation_->binder().abandon();
  children_.forget_calls();
  Hash failed = recorder_.record(log::Failed{failure_cause(trap.code)}).hash;
  record_cpu_if_due();
  if (incarnation_->is_calling()) {
    meter_.call_ended(services_.clock.monotonic(), CallEnd::kLost);
    RequestAnswer answer;
    answer.result = tl::unexpected(fmt::format("actor {} failed: {}{}", spec_.id.to_string(),
                                               engine::trap_code_name(trap.code), breach));
    answer.by = failed;
    if (opens_channel(*incarnation_->function())) channels_.release_place();
    output_.answer(take_caller(), std::move(answer));
  }
  drop_incarnation();
}

void ActorCell::drop_incarnation() {
  close_channels();
  incarnation_.reset();
}

void ActorCell::discard(Message message, log::DiscardReason why, std::string text) {
  if (opens_channel(*message.function)) channels_.release_place();
  RequestAnswer answer;
  answer.result = tl::unexpected(std::move(text));
  if (const auto* sender = std::get_if<log::Sender>(&message.from)) {
    answer.by = recorder_.record(log::Discarded{sender->sent, why}).hash;
  }
  output_.answer(std::move(message.reply), std::move(answer));
}

bool ActorCell::finish_end() {
  drop_incarnation();
  bool all_arrived = mailbox_.close();
  while (std::optional<Message> message = mailbox_.take_message()) {
    discard(*std::move(message), log::DiscardReason::kEnded,
            fmt::format("actor {} has ended", spec_.id.to_string()));
  }
  if (!children_.end_all(life_.ends_by_force()) || !all_arrived) return false;
  // Accounts for the answers whose place was taken before the mailbox closed.
  handle_urgent();
  Hash terminated = recorder_.record(log::Terminated{ending()}).hash;
  answer_open_requests(terminated, "ended");
  limits_.end();
  limits_.count_log(holdings_->budget(), LimitKeeper::LogCount::kAll);
  life_.record_end();
  for (const Handler* handler : spec_.common->binding->handlers)
    handler->actor_ended(spec_.id, spec_.common->manifest, services_.jobs);
  publish();
  requests_.answer_restarts(
      Error(ErrorCode::kUnavailable,
            fmt::format("{} ended before it was restarted", spec_.id.to_string())));
  requests_.answer_update(
      Error(ErrorCode::kUnavailable,
            fmt::format("{} ended before it was updated", spec_.id.to_string())));
  if (spec_.on_started) {
    report_start(
        Error(life_.end() == End::kFailed ? ErrorCode::kInvalidArgument : ErrorCode::kCancelled,
              failure_.empty() ? "it was ended before init had returned" : failure_));
  }
  if (auto report = std::exchange(spec_.on_ended, nullptr)) report(*this);
  if (is_supervised_root()) services_.roots->root_is_gone(spec_.id);
  // The parent may have a link to the actor, which drops its own link here.
  if (auto parent = std::exchange(spec_.parent, std::nullopt)) {
    ChildGone gone{spec_.id, chain().head(), ending(), failure_, timeout_s_};
    if (parent->cell->budget() != nullptr) gone.used = holdings_->budget().used();
    parent->cell->tell(std::move(gone));
  }
  return true;
}

log::Ending ActorCell::ending() const {
  switch (life_.end()) {
    case End::kNone:
    case End::kStopped:
      return log::EndedStopped{};
    case End::kFailed:
      return log::EndedFailed{};
    case End::kKilled:
      return log::EndedKilled{};
    case End::kCompleted:
      break;
  }
  std::optional<log::Payload> data;
  if (shutdown_data_) data = log::inline_payload(*shutdown_data_);
  return log::EndedCompleted{std::move(data)};
}

}  // namespace theater
