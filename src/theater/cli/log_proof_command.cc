#include "theater/cli/actor_argument.h"
#include "theater/cli/commands.h"
#include "theater/log/event/event.h"
#include "theater/log/merkle/tlog_text.h"
#include "theater/log/reader/log_proofs.h"
#include "theater/views/log_proofs.h"

#include <nlohmann/json.hpp>

#include <utility>

namespace theater::cli {

namespace {

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

  std::optional<views::NewestCheckpoint> newest =
      THEATER_TRY(views::checkpoint_covering(*reader, proof.index));
  if (!newest || newest->checkpoint.size <= proof.index) {
    return Failure(
        Error(ErrorCode::kUnavailable,
              fmt::format("no checkpoint covers event {} of {} yet, number {} of the log",
                          command.seq, id.to_string(), proof.index))
            .with_hint("a run that ends gracefully leaves a checkpoint of all events"));
  }
  log::LogProofs proofs = THEATER_TRY(log::LogProofs::open(*reader, newest->checkpoint));
  proof.hashes = THEATER_TRY(proofs.inclusion(proof.index));
  proof.note = newest->note;
  if (command.json) {
    output.json(
        views::event_proof_json({id, command.seq, leaf, newest->checkpoint, std::move(proof)}));
  } else {
    output.text(log::to_text(proof));
  }
  return {};
}

}  // namespace

Exit run(const LogProofCommand& command, Output& output) {
  Result<void> done = print_proof(command, output);
  return done ? Exit::kDone : report_failure(done.error(), Exit::kFailed, command.json, output);
}

}  // namespace theater::cli
