#include "theater/cli/commands/state.h"

#include "theater/api/client/actor_reference.h"
#include "theater/cli/options/shared_options.h"
#include "theater/cli/terminal/screen.h"

#include <nlohmann/json.hpp>

namespace theater::cli {

namespace {

Result<void> show_state(const StateOptions& options, Output& output) {
  auto client = THEATER_TRY(connect_to_server(options.server));
  views::Json actor = THEATER_TRY(api::find_actor(*client, options.actor, api::ActorUse::kRead));
  ActorId id = THEATER_TRY(api::actor_id_of(actor));
  HttpAnswer answer = THEATER_TRY(client->get_bytes(api::actor_target(id, "/state")));
  bool has_state = answer.status != 204;
  if (options.json) {
    output.json({{"actor", id.to_string()},
                 {"state", has_state ? views::json_bytes(answer.body) : views::Json()}});
  } else if (has_state) {
    output.content(bytes_for(Screen::of_output(), answer.body));
  } else {
    print_warning(fmt::format("`{}` keeps no state", options.actor));
  }
  return {};
}

void define(OptionParser& parser, StateOptions& options) {
  parser.argument("ACTOR", options.actor);
  server_choice(parser, options.server);
  json_option(parser, options.json);
}

Exit run(const StateOptions& options, Output& output) {
  return exit_after(show_state(options, output), options.json, output);
}

}  // namespace

const CommandOf<StateOptions> kStateCommand = {
    {.name = "state",
     .usage = "ACTOR [options]",
     .summary = "print the state that an actor keeps",
     .details = R"(Writes the bytes of the state to standard output as they are. On a terminal it
writes printable text, with escapes for control characters. An actor without a
state prints nothing, and a warning says so.)",
     .examples = R"(theater state counter
theater state counter > counter.state
theater state counter@-1 --json)"},
    define,
    run};

}  // namespace theater::cli
