#include "theater/cli/commands/actor_list.h"

#include "theater/base/clock.h"
#include "theater/cli/commands/actor_pages.h"
#include "theater/cli/commands/actor_text.h"
#include "theater/cli/options/shared_options.h"
#include "theater/views/live_actor.h"

#include <nlohmann/json.hpp>

namespace theater::cli {

namespace {

void define(OptionParser& parser, ListOptions& options) {
  std::vector<std::string> states(views::kStateWords.begin(), views::kStateWords.end());
  parser.choice_option(
      "--state", "STATE", "state", states,
      [&options, states](size_t state) { options.state = states[state]; },
      "only the actors in this state");
  parser.flag("--all", options.all, "all actors, not only the first 1,000");
  server_choice(parser, options.server);
  json_option(parser, options.json, "print one JSON object per line");
}

Result<void> list(const ListOptions& options, Output& output) {
  auto client = THEATER_TRY(connect_to_server(options.server));
  std::string list = "/v1/actors";
  if (!options.state.empty()) list += "?state=" + options.state;
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
its name, its state and for how long it has been in it, the messages that wait
in its mailbox, the processor time that it has used, and the function that runs
or waits, or the step of an actor that starts.

A warning names each actor that has been starting, or in one call, for more than
30 s.)",
     .examples = R"(theater list
theater ps --state Processing
theater list --all --json)",
     .alias = "ps"},
    define,
    run};

}  // namespace theater::cli
