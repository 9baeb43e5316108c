#include "theater/cli/actor_argument.h"
#include "theater/cli/commands.h"
#include "theater/cli/log_facts.h"

#include <nlohmann/json.hpp>

namespace theater::cli {

namespace {

using Json = nlohmann::ordered_json;

Result<void> print_chain_head(const log::LogReader& reader, const LogHeadCommand& command,
                              Output& output) {
  ActorId id = THEATER_TRY(find_actor(reader, command.actor));
  ActorSummary actor = THEATER_TRY(summarize(reader, *reader.find(id)));
  if (command.json) {
    output.json({{"actor", actor.id.to_string()},
                 {"name", actor.name},
                 {"events", actor.events},
                 {"head", actor.head.to_string()}});
  } else {
    output.line(fmt::format("{} {} events", actor.head.to_string(), actor.events));
  }
  return {};
}

Result<void> print_log_head(const log::LogReader& reader, bool json, Output& output) {
  std::optional<NewestCheckpoint> newest = THEATER_TRY(newest_checkpoint(reader));
  if (!json) {
    if (!newest) {
      return Failure(
          Error(ErrorCode::kNotFound, fmt::format("no checkpoint in {}", reader.folder().string()))
              .with_hint("a run that ends in order leaves one; `theater log head --json` "
                         "shows the size and the root without"));
    }
    output.text(newest->note);
    return {};
  }
  Json checkpoint;
  if (newest) {
    checkpoint = {{"origin", newest->checkpoint.origin},
                  {"size", newest->checkpoint.size},
                  {"root", newest->checkpoint.root.to_string()},
                  {"note", newest->note}};
  }
  Hash root = THEATER_TRY(log_root(reader));
  output.json({{"log", reader.log_id().to_string()},
               {"size", reader.size()},
               {"root", root.to_string()},
               {"checkpoint", std::move(checkpoint)}});
  return {};
}

Result<void> print_head(const LogHeadCommand& command, Output& output) {
  auto reader = THEATER_TRY(open_log(command.home));
  if (!command.actor.empty()) return print_chain_head(*reader, command, output);
  return print_log_head(*reader, command.json, output);
}

}  // namespace

Exit carry_out(const LogHeadCommand& command, Output& output) {
  Result<void> done = print_head(command, output);
  return done ? Exit::kDone : give_up(done.error(), Exit::kFailed, command.json, output);
}

}  // namespace theater::cli
