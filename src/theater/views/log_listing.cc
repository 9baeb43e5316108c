#include "theater/views/log_listing.h"

#include "theater/base/printable.h"
#include "theater/views/log_facts.h"
#include "theater/views/text.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <optional>
#include <utility>

namespace theater::views {

Result<LogListing> list_actors(const log::LogReader& reader) {
  LogListing listing;
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

Result<Json> log_listing_json(const log::LogReader& reader, const LogListing& listing) {
  Hash root = THEATER_TRY(log_root(reader));
  std::optional<NewestCheckpoint> newest = THEATER_TRY(newest_checkpoint(reader));
  Json checkpoint;
  if (newest) {
    checkpoint = {{"size", newest->checkpoint.size}, {"root", newest->checkpoint.root.to_string()}};
  }
  Json actors = Json::array();
  for (const ActorSummary& actor : listing.actors)
    actors.push_back(actor_summary_json(actor));
  return Json{{"log", reader.log_id().to_string()},
              {"size", reader.size()},
              {"root", root.to_string()},
              {"checkpoint", std::move(checkpoint)},
              {"node", actor_summary_json(listing.node)},
              {"actors", std::move(actors)}};
}

std::string log_listing_text(const log::LogReader& reader, const LogListing& listing) {
  std::string text = fmt::format("log {}: {} events of {} and the node itself, in {}\n",
                                 reader.log_id().to_string(), reader.size(),
                                 counted(listing.actors.size(), "actor"), reader.folder().string());
  if (listing.actors.empty()) return text;
  constexpr std::string_view kName = "name";
  size_t name_width = kName.size();
  for (const ActorSummary& actor : listing.actors)
    name_width = std::max(name_width, escape_control(actor.name).size());
  text += fmt::format("\n  {:<12}  {:<{}}  {:>8}  {:<9}  {}\n", "id", kName, name_width, "events",
                      "state", "last event");
  for (const ActorSummary& actor : listing.actors) {
    text += fmt::format("  {}  {:<{}}  {:>8}  {:<9}  {}\n", short_id(actor.id),
                        escape_control(actor.name), name_width, actor.events,
                        actor.ending.empty() ? "open" : std::string_view(actor.ending),
                        utc_text(actor.last_time));
  }
  return text;
}

}  // namespace theater::views
