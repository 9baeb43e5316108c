#include "theater/runtime/chain_repair.h"

#include "theater/actor/cell/binder_results.h"
#include "theater/base/check.h"
#include "theater/log/event/message_rule.h"

#include <utility>

namespace theater {

namespace {

constexpr std::string_view kNoAnswer =
    "the node was lost before an answer had come; whether the request was carried out is not known";

}  // namespace

ChainRepair::ChainRepair(NodeServices& services, const log::OpenActor& open_actor,
                         const Manifest& manifest, BudgetUse* use)
    : ChainRepair(
          services, open_actor, manifest, use,
          log::Chain(log::Chain::kBytesMax, open_actor.position, open_actor.life.functions())) {}

ChainRepair::ChainRepair(NodeServices& services, const log::OpenActor& open_actor,
                         const Manifest& manifest, BudgetUse* use, log::Chain chain)
    : open_actor_(open_actor),
      use_(use),
      recorder_(Recorder::disk(*services.log, open_actor.number, manifest.log), std::move(chain)) {
  services.log->resume_actor(open_actor.number, open_actor.id);
  recorder_.begin_turn(services.clock.wall_us());
}

Hash ChainRepair::record(log::Body body) {
  if (use_ != nullptr) {
    Result<void> taken = use_->accept(recorder_.next_seq(), body);
    THEATER_CHECK(taken.has_value(), "{}", taken.error().to_string());
  }
  return recorder_.record(std::move(body)).hash;
}

void ChainRepair::end_child(log::ChildEnded body, const log::HeldBudget& used) {
  uint64_t about = recorder_.next_seq();
  record(std::move(body));
  add_child_use(about, used);
}

void ChainRepair::add_child_use(uint64_t about, const log::HeldBudget& used) {
  if (used != log::HeldBudget()) record(child_used(about, used));
}

void ChainRepair::close_call() {
  for (uint64_t intent : open_actor_.life.open_intents())
    record(log::Outcome{intent, log::OutcomeUnknown{}});
  Bytes error;
  write_error(error, kNoAnswer);
  for (uint64_t sent : open_actor_.life.open_requests())
    record(log::Answered{sent, std::nullopt, log::borrowed_payload(error)});
  using Phase = log::ChainGrammar::Phase;
  Phase phase = open_actor_.life.phase();
  bool was_starting = phase == Phase::kStarting && !open_actor_.init_done;
  if (phase == Phase::kInCall || was_starting) record(log::Failed{log::FailedCrash{}});
}

void ChainRepair::discard_answers() {
  for (const log::Undelivered& open : open_actor_.undelivered) {
    if (!is_redelivered(open.kind)) discard(open, log::DiscardReason::kCancelled);
  }
}

void ChainRepair::discard_all() {
  for (const log::Undelivered& open : open_actor_.undelivered)
    discard(open, log::DiscardReason::kEnded);
}

void ChainRepair::discard(const log::Undelivered& open, log::DiscardReason why) {
  bool is_answer = log::message_rule(open.kind) == nullptr;
  record(log::Discarded{open.sent, is_answer ? log::DiscardReason::kLateAnswer : why});
}

bool is_redelivered(log::SentKind kind) {
  return kind == log::SentKind::kSend || kind == log::SentKind::kRequest;
}

}  // namespace theater
