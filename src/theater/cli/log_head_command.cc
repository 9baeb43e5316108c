#include "theater/cli/actor_argument.h"
#include "theater/cli/commands.h"
#include "theater/cli/export_argument.h"
#include "theater/cli/log_facts.h"

#include <nlohmann/json.hpp>

namespace theater::cli {

namespace {

using Json = nlohmann::ordered_json;

void print_chain_head(const ChainFacts& chain, bool json, Output& output) {
  if (json) {
    output.json({{"actor", chain.actor.to_string()},
                 {"name", chain.name},
                 {"events", chain.events},
                 {"head", chain.head.to_string()}});
  } else {
    output.line(fmt::format("{} {} events", chain.head.to_string(), chain.events));
  }
}

Result<ChainFacts> chain_in(const log::LogReader& reader, const std::string& word) {
  ActorId id = THEATER_TRY(find_actor(reader, word));
  ActorSummary actor = THEATER_TRY(summarize(reader, *reader.find(id)));
  return ChainFacts{actor.id, actor.name, actor.events, actor.head};
}

Result<void> print_log_head(const log::LogReader& reader, bool json, Output& output) {
  std::optional<NewestCheckpoint> newest = THEATER_TRY(newest_checkpoint(reader));
  if (!json) {
    if (!newest) {
      return Failure(no_checkpoint_in(reader));
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
  if (THEATER_TRY(names_export(command.actor))) {
    print_chain_head(THEATER_TRY(read_export_facts(command.actor)), command.json, output);
    return {};
  }
  auto reader = THEATER_TRY(open_log(command.home));
  if (command.actor.empty()) return print_log_head(*reader, command.json, output);
  print_chain_head(THEATER_TRY(chain_in(*reader, command.actor)), command.json, output);
  return {};
}

}  // namespace

Exit run(const LogHeadCommand& command, Output& output) {
  Result<void> done = print_head(command, output);
  return done ? Exit::kDone : report_failure(done.error(), Exit::kFailed, command.json, output);
}

}  // namespace theater::cli
