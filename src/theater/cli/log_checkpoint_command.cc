#include "theater/cli/actor_argument.h"
#include "theater/cli/commands.h"
#include "theater/log/merkle/tlog_text.h"
#include "theater/log/reader/log_proofs.h"
#include "theater/views/log_proofs.h"

#include <nlohmann/json.hpp>

#include <utility>

namespace theater::cli {

namespace {

Result<log::ConsistencyText> prove_since(const log::LogReader& reader,
                                         const views::NewestCheckpoint& newest,
                                         const std::filesystem::path& since) {
  log::Checkpoint old = THEATER_TRY(views::read_kept_checkpoint(since));
  log::LogProofs proofs = THEATER_TRY(log::LogProofs::open(reader, newest.checkpoint));
  log::ConsistencyText proof{.old_size = old.size};
  proof.hashes = THEATER_TRY_CONTEXT(proofs.consistency(old), "{}", since.string());
  proof.note = newest.note;
  return proof;
}

Result<void> print_checkpoint(const LogCheckpointCommand& command, Output& output) {
  auto reader = THEATER_TRY(open_log(command.home));
  std::optional<views::NewestCheckpoint> newest = THEATER_TRY(views::newest_checkpoint(*reader));
  if (!newest) return Failure(views::no_checkpoint_in(*reader));
  THEATER_TRY_VOID(reader->refresh());
  std::optional<log::ConsistencyText> proof;
  if (!command.since.empty()) proof = THEATER_TRY(prove_since(*reader, *newest, command.since));
  if (command.json) {
    output.json(views::checkpoint_json(*newest, proof));
  } else {
    output.text(proof ? log::to_text(*proof) : newest->note);
  }
  return {};
}

}  // namespace

Exit run(const LogCheckpointCommand& command, Output& output) {
  Result<void> done = print_checkpoint(command, output);
  return done ? Exit::kDone : report_failure(done.error(), Exit::kFailed, command.json, output);
}

}  // namespace theater::cli
