#include "theater/base/log.h"
#include "theater/cli/actor_argument.h"
#include "theater/cli/commands.h"
#include "theater/cli/log_sizes.h"
#include "theater/cli/progress.h"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace theater::cli {

namespace {

using Json = nlohmann::ordered_json;

Json to_json(const Amount& amount) {
  return {{"events", amount.events},
          {"event_bytes", amount.event_bytes},
          {"bodies", amount.bodies},
          {"body_bytes", amount.body_bytes},
          {"bodies_removed", amount.bodies_removed}};
}

Json to_json(const ActorSize& actor) {
  Json json = {{"id", actor.id.to_string()}, {"name", actor.name}};
  json.update(to_json(actor.amount));
  return json;
}

void print_json(const log::LogReader& reader, const LogSizes& sizes, Output& output) {
  Json actors = Json::array();
  for (const ActorSize& actor : sizes.actors)
    actors.push_back(to_json(actor));
  output.json({{"log", reader.log_id().to_string()},
               {"total", to_json(sizes.total)},
               {"segments", sizes.segments},
               {"segment_bytes", sizes.segment_bytes},
               {"body_file_bytes", sizes.body_file_bytes},
               {"node", to_json(sizes.node)},
               {"actors", std::move(actors)}});
}

void print_text(const log::LogReader& reader, const LogSizes& sizes, Output& output) {
  size_t name_width = std::string_view("the node itself").size();
  for (const ActorSize& actor : sizes.actors)
    name_width = std::max(name_width, escape_control(actor.name).size());
  auto line = [&](std::string_view id, std::string_view name, const Amount& amount) {
    output.line(fmt::format("  {:<12}  {:<{}}  {:>9}  {:>12}  {:>8}  {:>12}  {:>7}", id, name,
                            name_width, amount.events, amount.event_bytes, amount.bodies,
                            amount.body_bytes, amount.bodies_removed));
  };
  output.line(fmt::format("log {} in {}: {} bytes in {} segment{}, {} in body files",
                          reader.log_id().to_string(), reader.folder().string(),
                          sizes.segment_bytes, sizes.segments, sizes.segments == 1 ? "" : "s",
                          sizes.body_file_bytes));
  output.line(fmt::format("\n  {:<12}  {:<{}}  {:>9}  {:>12}  {:>8}  {:>12}  {:>7}", "id", "name",
                          name_width, "events", "bytes", "detached", "bytes", "removed"));
  line(short_id(sizes.node.id), "the node itself", sizes.node.amount);
  for (const ActorSize& actor : sizes.actors)
    line(short_id(actor.id), escape_control(actor.name), actor.amount);
  line("", "all", sizes.total);
}

Result<void> print_sizes(const LogSizeCommand& command, Output& output) {
  auto reader = THEATER_TRY(open_log(command.home));
  Progress progress("reading", ProgressLine::Unit::kEvents);
  LogSizes sizes = THEATER_TRY(
      measure_log(*reader, [&](uint64_t done) { progress.show(done, reader->size()); }));
  if (command.json) {
    print_json(*reader, sizes, output);
  } else {
    print_text(*reader, sizes, output);
  }
  return {};
}

}  // namespace

Exit run(const LogSizeCommand& command, Output& output) {
  Result<void> done = print_sizes(command, output);
  return done ? Exit::kDone : report_failure(done.error(), Exit::kFailed, command.json, output);
}

}  // namespace theater::cli
