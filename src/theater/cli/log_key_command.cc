#include "theater/cli/actor_argument.h"
#include "theater/cli/commands.h"
#include "theater/views/log_proofs.h"

#include <nlohmann/json.hpp>

namespace theater::cli {

namespace {

Result<log::VerifierKey> read_key(const LogKeyCommand& command) {
  auto reader = THEATER_TRY(open_log(command.home));
  return views::log_key(*reader);
}

}  // namespace

Exit run(const LogKeyCommand& command, Output& output) {
  Result<log::VerifierKey> key = read_key(command);
  if (!key) return report_failure(key.error(), Exit::kFailed, command.json, output);
  if (command.json) {
    output.json(views::key_json(*key));
  } else {
    output.line(log::to_text(*key));
  }
  return Exit::kDone;
}

}  // namespace theater::cli
