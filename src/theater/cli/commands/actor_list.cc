#include "theater/cli/commands/actor_list.h"

#include "theater/api/client/actor_reference.h"
#include "theater/base/clock.h"
#include "theater/cli/commands/actor_pages.h"
#include "theater/cli/commands/actor_text.h"
#include "theater/cli/options/shared_options.h"
#include "theater/views/live_actor.h"

#include <nlohmann/json.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace theater::cli {

namespace {

void define(OptionParser& parser, ListOptions& options) {
  std::vector<std::string> states(views::kStateWords.begin(), views::kStateWords.end());
  parser.choice_option(
      "--state", "STATE", "state", states,
      [&options, states](size_t state) { options.state = states[state]; },
      "only the actors in this state");
  parser.option("--name", "NAME", options.name, "only the actors of this name");
  parser.option("--parent", "ACTOR", options.parent,
                "only the children of this actor, or the roots with `none`");
  parser.flag("--all", options.all, "all actors, not only the first 1,000");
  server_choice(parser, options.server);
  json_option(parser, options.json, "print one JSON object per line");
}

// The path of the list, with its filters.
Result<std::string> list_target(const ListOptions& options, api::ApiClient& client) {
  std::string target = "/v1/actors";
  auto add = [&](std::string_view name, const std::string& value) {
    if (value.empty()) return;
    target += target.find('?') == std::string::npos ? '?' : '&';
    target += fmt::format("{}={}", name, api::query_value(value));
  };
  add("state", options.state);
  add("name", options.name);
  std::string parent = options.parent;
  if (!parent.empty() && parent != "none") {
    views::Json found = THEATER_TRY(api::find_actor(client, parent, api::ActorUse::kRead));
    parent = THEATER_TRY(api::actor_id_of(found)).to_string();
  }
  add("parent", parent);
  return target;
}

Result<void> list(const ListOptions& options, Output& output) {
  auto client = THEATER_TRY(connect_to_server(options.server));
  std::string list = THEATER_TRY(list_target(options, *client));
  uint64_t now = SystemClock().wall_us();
  Table table = actor_table();
  std::vector<std::string> warnings;
  bool has_more = THEATER_TRY(for_each_actor(
      *client, list, options.all ? Pages::kAll : Pages::kFirst, [&](const views::Json& actor) {
        if (options.json) return output.json(actor);
        table.add(actor_row(actor, now));
        if (auto warning = slow_warning(actor, now)) warnings.push_back(*std::move(warning));
      }));
  if (!options.json) output.shown(table.text(Screen::of_output()));
  for (const std::string& warning : warnings)
    print_warning(warning);
  if (has_more) print_warning("there are more actors: `theater list --all` lists them");
  return {};
}

Exit run(const ListOptions& options, Output& output) {
  return exit_after(list(options, output), options.json, output);
}

}  // namespace

const CommandOf<ListOptions> kListCommand = {
    {.name = "list",
     .usage = "[options]",
     .summary = "list the actors of a server",
     .details = R"(Prints one line per actor in the order of their ids: the beginning of its id,
its name, its state, for how long it has been in it and since its start, the
messages that wait in its mailbox, the processor time that it has used, and the
function that runs or waits: of an actor that starts the step, and of one that
is free the function that ran last.

A warning names each actor that has been starting, or in one call, for more than
30 s.)",
     .examples = R"(theater list
theater ps --state Processing
theater list --parent foreman --name worker
theater list --all --json)",
     .alias = "ps"},
    define,
    run};

}  // namespace theater::cli
