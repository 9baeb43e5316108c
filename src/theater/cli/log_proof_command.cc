#include "theater/cli/actor_argument.h"
#include "theater/cli/commands.h"
#include "theater/cli/log_facts.h"
#include "theater/log/event/event.h"
#include "theater/log/merkle/tlog_text.h"
#include "theater/log/reader/log_proofs.h"

#include <nlohmann/json.hpp>

namespace theater::cli {

namespace {

using Json = nlohmann::ordered_json;

Result<void> print_proof(const LogProofCommand& command, Output& output) {
  auto reader = THEATER_TRY(open_log(command.home));
  ActorId id = THEATER_TRY(find_actor(*reader, command.actor));
  uint64_t events = reader->find(id)->events;
  if (command.seq >= events) {
    return fail(ErrorCode::kNotFound, "the chain of {} has {} events, counted from 0: no event {}",
                id.to_string(), events, command.seq);
  }
  log::LogCursor cursor = reader->actor_cursor(id, command.seq);
  std::optional<log::StoredEvent> event = THEATER_TRY(cursor.next());
  if (!event) return fail(ErrorCode::kCorrupt, "the log has no event {}", command.seq);
  log::InclusionText proof{.index = event->index};
  Hash leaf = log::event_hash(event->bytes);

  std::optional<NewestCheckpoint> newest = THEATER_TRY(checkpoint_covering(*reader, proof.index));
  if (!newest || newest->checkpoint.size <= proof.index) {
    return Failure(
        Error(ErrorCode::kUnavailable,
              fmt::format("no checkpoint covers event {} of {} yet, number {} of the log",
                          command.seq, id.to_string(), proof.index))
            .with_hint("a run that ends in order leaves a checkpoint of all"));
  }
  log::LogProofs proofs = THEATER_TRY(log::LogProofs::open(*reader, newest->checkpoint));
  proof.hashes = THEATER_TRY(proofs.inclusion(proof.index));
  proof.note = newest->note;
  if (!command.json) {
    output.text(log::to_text(proof));
    return {};
  }
  Json hashes = Json::array();
  for (const Hash& hash : proof.hashes)
    hashes.push_back(hash.to_string());
  output.json({{"actor", id.to_string()},
               {"seq", command.seq},
               {"hash", leaf.to_string()},
               {"index", proof.index},
               {"size", newest->checkpoint.size},
               {"root", newest->checkpoint.root.to_string()},
               {"hashes", std::move(hashes)},
               {"proof", log::to_text(proof)}});
  return {};
}

}  // namespace

Exit run(const LogProofCommand& command, Output& output) {
  Result<void> done = print_proof(command, output);
  return done ? Exit::kDone : report_failure(done.error(), Exit::kFailed, command.json, output);
}

}  // namespace theater::cli
