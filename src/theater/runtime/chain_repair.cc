#include "theater/runtime/chain_repair.h"

#include "theater/actor/cell/binder_results.h"
#include "theater/log/event/message_rule.h"

#include <utility>

namespace theater {

namespace {

constexpr std::string_view kNoAnswer =
    "the node was lost before an answer had come; whether the request was carried out is not known";

}  // namespace

ChainRepair::ChainRepair(NodeServices& services, const log::OpenActor& open_actor,
                         const Manifest& manifest)
    : ChainRepair(
          services, open_actor, manifest,
          log::Chain(log::Chain::kBytesMax, open_actor.position, open_actor.life.functions())) {}

ChainRepair::ChainRepair(NodeServices& services, const log::OpenActor& open_actor,
                         const Manifest& manifest, log::Chain chain)
    : open_actor_(open_actor),
      recorder_(Recorder::disk(*services.log, open_actor.number, manifest.log), std::move(chain)) {
  services.log->resume_actor(open_actor.number, open_actor.id);
  recorder_.begin_turn(services.clock.wall_us());
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
