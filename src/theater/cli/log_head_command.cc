#include "theater/cli/actor_argument.h"
#include "theater/cli/commands.h"
#include "theater/cli/export_argument.h"
#include "theater/views/actor_summary.h"
#include "theater/views/log_proofs.h"

#include <nlohmann/json.hpp>

namespace theater::cli {

namespace {

void print_chain_head(const views::ChainFacts& chain, bool json, Output& output) {
  if (json) {
    output.json(views::chain_facts_json(chain));
  } else {
    output.line(fmt::format("{} {} events", chain.head.to_string(), chain.events));
  }
}

Result<views::ChainFacts> chain_in(const log::LogReader& reader, const std::string& word) {
  ActorId id = THEATER_TRY(find_actor(reader, word));
  views::ActorSummary actor = THEATER_TRY(views::summarize(reader, *reader.find(id)));
  return views::ChainFacts{actor.id, actor.name, actor.events, actor.head};
}

Result<void> print_log_head(const log::LogReader& reader, bool json, Output& output) {
  if (json) {
    output.json(THEATER_TRY(views::log_head_json(reader)));
    return {};
  }
  std::optional<views::NewestCheckpoint> newest = THEATER_TRY(views::newest_checkpoint(reader));
  if (!newest) return Failure(views::no_checkpoint_in(reader));
  output.text(newest->note);
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
