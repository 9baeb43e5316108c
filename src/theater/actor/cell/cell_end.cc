// How an actor ends: everybody who waits is answered, and the chain says how it came.
#include "theater/actor/cell/cell.h"
#include "theater/actor/cell/failure.h"

#include <utility>

namespace theater {

void ActorCell::lose_instance(const engine::Trap& trap) {
  // The trap may be the guest's own, which is gone after the call is dropped.
  std::string why = trap.to_string();
  if (std::string breach = breach_of(trap); !breach.empty()) why += ": " + breach;
  timeout_s_ = timeout_of(trap);
  if (trap.code == engine::TrapCode::kCpuLimit) {
    // The parent of this actor hears of it anyhow, as of its failure.
    auto spent = spent_cpu();
    if (spent && spent->owner != spec_.id) tell_of_spent(*spent);
  }
  drop_call(trap);
  instance_failed(LifeEvent::kInstanceLost, std::move(why));
}

// Records that the instance is lost, and tells whoever called it; what becomes of the actor is up
// to the caller.
void ActorCell::drop_call(const engine::Trap& trap) {
  std::string breach = breach_of(trap);
  if (!breach.empty()) breach = ": " + breach;
  forget_call_time();
  binder_->abandon();
  children_.forget_calls();
  Hash failed = recorder_.record(log::Failed{failure_cause(trap.code)}).hash;
  if (activity_ == Activity::kCalling) {
    meter_.call_ended(services_.clock.monotonic(), CallEnd::kLost);
    RequestAnswer answer;
    answer.result = tl::unexpected(fmt::format("actor {} failed: {}{}", spec_.id.to_string(),
                                               engine::trap_code_name(trap.code), breach));
    answer.by = failed;
    if (opens_channel(*current_.function)) channels_.release_place();
    output_.answer(take_caller(), std::move(answer));
  }
  activity_ = Activity::kNone;
  current_ = {};
  drop_guest();
}

void ActorCell::drop_guest() {
  close_channels();
  guest_.reset();
  binder_.reset();
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
  drop_guest();
  bool all_arrived = mailbox_.close();
  while (std::optional<Message> message = mailbox_.take_message()) {
    discard(*std::move(message), log::DiscardReason::kEnded,
            fmt::format("actor {} has ended", spec_.id.to_string()));
  }
  if (!children_.end_all(life_.ends_by_force()) || !all_arrived) return false;
  // Answers whose place was taken before the mailbox closed are accounted for.
  handle_urgent();
  Hash terminated = recorder_.record(log::Terminated{ending()}).hash;
  answer_open_requests(terminated, "ended");
  services_.timers.cancel(log_timer_);
  life_.record_end();
  for (const Handler* handler : spec_.common->binding->handlers)
    handler->actor_ended(spec_.id, spec_.common->manifest, services_.jobs);
  publish();
  if (spec_.on_started) {
    report_start(
        Error(life_.end() == End::kFailed ? ErrorCode::kInvalidArgument : ErrorCode::kCancelled,
              failure_.empty() ? "it was ended before init had returned" : failure_));
  }
  if (auto report = std::exchange(spec_.on_ended, nullptr)) report(*this);
  tell_parent_of_end();
  return true;
}

// Without a link to its parent from here on, which may have one to it.
void ActorCell::tell_parent_of_end() {
  std::optional<ParentLink> parent = std::exchange(spec_.parent, std::nullopt);
  if (parent)
    parent->cell->tell(ChildGone{spec_.id, chain().head(), ending(), failure_, timeout_s_});
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
