#include "theater/base/log.h"
#include "theater/cli/actor_argument.h"
#include "theater/cli/chain_output.h"
#include "theater/cli/commands.h"
#include "theater/cli/log_facts.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <vector>

namespace theater::cli {

namespace {

using Json = nlohmann::ordered_json;

struct Listing {
  ActorSummary node;
  std::vector<ActorSummary> actors;
};

Result<Listing> list_actors(const log::LogReader& reader) {
  Listing listing;
  for (const log::ActorEntry& entry : reader.actors()) {
    ActorSummary summary = THEATER_TRY(summarize(reader, entry));
    if (entry.number == log::kNodeActor) {
      listing.node = std::move(summary);
    } else {
      listing.actors.push_back(std::move(summary));
    }
  }
  return listing;
}

Json to_json(const ActorSummary& actor) {
  return {{"id", actor.id.to_string()},
          {"name", actor.name},
          {"number", actor.number.value},
          {"events", actor.events},
          {"head", actor.head.to_string()},
          {"first_time", utc_text(actor.first_time)},
          {"last_time", utc_text(actor.last_time)},
          {"ending", actor.ending.empty() ? Json() : Json(actor.ending)}};
}

Result<void> print_json(const log::LogReader& reader, const Listing& listing, Output& output) {
  Hash root = THEATER_TRY(log_root(reader));
  std::optional<NewestCheckpoint> newest = THEATER_TRY(newest_checkpoint(reader));
  Json checkpoint;
  if (newest) {
    checkpoint = {{"size", newest->checkpoint.size}, {"root", newest->checkpoint.root.to_string()}};
  }
  Json actors = Json::array();
  for (const ActorSummary& actor : listing.actors)
    actors.push_back(to_json(actor));
  output.json({{"log", reader.log_id().to_string()},
               {"size", reader.size()},
               {"root", root.to_string()},
               {"checkpoint", std::move(checkpoint)},
               {"node", to_json(listing.node)},
               {"actors", std::move(actors)}});
  return {};
}

void print_text(const log::LogReader& reader, const Listing& listing, Output& output) {
  output.line(fmt::format("log {}: {} events of {} actor{} and the node itself, in {}",
                          reader.log_id().to_string(), reader.size(), listing.actors.size(),
                          listing.actors.size() == 1 ? "" : "s", reader.folder().string()));
  if (listing.actors.empty()) return;
  constexpr std::string_view kName = "name";
  size_t name_width = kName.size();
  for (const ActorSummary& actor : listing.actors)
    name_width = std::max(name_width, escape_control(actor.name).size());
  output.line(fmt::format("\n  {:<12}  {:<{}}  {:>8}  {:<9}  {}", "id", kName, name_width, "events",
                          "state", "last event"));
  for (const ActorSummary& actor : listing.actors) {
    output.line(fmt::format("  {}  {:<{}}  {:>8}  {:<9}  {}", short_id(actor.id),
                            escape_control(actor.name), name_width, actor.events,
                            actor.ending.empty() ? "open" : std::string_view(actor.ending),
                            utc_text(actor.last_time)));
  }
}

Result<void> list_log(const LogListCommand& command, Output& output) {
  auto reader = THEATER_TRY(open_log(command.home));
  Listing listing = THEATER_TRY(list_actors(*reader));
  if (command.json) return print_json(*reader, listing, output);
  print_text(*reader, listing, output);
  return {};
}

}  // namespace

Exit run(const LogListCommand& command, Output& output) {
  Result<void> done = list_log(command, output);
  return done ? Exit::kDone : report_failure(done.error(), Exit::kFailed, command.json, output);
}

}  // namespace theater::cli
