#include "theater/cli/actor_argument.h"
#include "theater/cli/commands.h"
#include "theater/cli/log_facts.h"
#include "theater/log/merkle/tlog_text.h"
#include "theater/log/reader/log_proofs.h"

#include <nlohmann/json.hpp>

#include <utility>

namespace theater::cli {

namespace {

using Json = nlohmann::ordered_json;

Result<log::ConsistencyText> prove_since(const log::LogReader& reader,
                                         const NewestCheckpoint& newest,
                                         const std::filesystem::path& since) {
  log::Checkpoint old = THEATER_TRY(read_kept_checkpoint(since));
  log::LogProofs proofs = THEATER_TRY(log::LogProofs::open(reader, newest.checkpoint));
  log::ConsistencyText proof{.old_size = old.size};
  proof.hashes = THEATER_TRY_CONTEXT(proofs.consistency(old), "{}", since.string());
  proof.note = newest.note;
  return proof;
}

Result<void> print_checkpoint(const LogCheckpointCommand& command, Output& output) {
  auto reader = THEATER_TRY(open_log(command.home));
  std::optional<NewestCheckpoint> newest = THEATER_TRY(newest_checkpoint(*reader));
  if (!newest) return Failure(no_checkpoint_in(*reader));
  THEATER_TRY_VOID(reader->refresh());
  std::optional<log::ConsistencyText> proof;
  if (!command.since.empty()) proof = THEATER_TRY(prove_since(*reader, *newest, command.since));
  if (!command.json) {
    output.text(proof ? log::to_text(*proof) : newest->note);
    return {};
  }
  Json json = {{"origin", newest->checkpoint.origin},
               {"size", newest->checkpoint.size},
               {"root", newest->checkpoint.root.to_string()},
               {"note", newest->note}};
  if (proof) {
    Json hashes = Json::array();
    for (const Hash& hash : proof->hashes)
      hashes.push_back(hash.to_string());
    json["since"] = {
        {"size", proof->old_size}, {"hashes", std::move(hashes)}, {"proof", log::to_text(*proof)}};
  }
  output.json(json);
  return {};
}

}  // namespace

Exit run(const LogCheckpointCommand& command, Output& output) {
  Result<void> done = print_checkpoint(command, output);
  return done ? Exit::kDone : report_failure(done.error(), Exit::kFailed, command.json, output);
}

}  // namespace theater::cli
