#include "theater/cli/commands/state.h"

#include "theater/api/client/actor_reference.h"
#include "theater/base/printable.h"
#include "theater/cli/options/shared_options.h"
#include "theater/cli/terminal/screen.h"

#include <nlohmann/json.hpp>

namespace theater::cli {

namespace {

// JSON keeps the order of its members. Anything else is shown as on a terminal.
std::string pretty_text(ByteView state) {
  auto value = views::Json::parse(state.begin(), state.end(), nullptr, false);
  if (value.is_discarded()) return bytes_for({.is_terminal = true}, state);
  return escape_control_in_json(value.dump(2)) + "\n";
}

Result<void> show_state(const StateOptions& options, Output& output) {
  auto client = THEATER_TRY(connect_to_server(options.server));
  views::Json actor = THEATER_TRY(api::find_actor(*client, options.actor, api::ActorUse::kRead));
  ActorId id = THEATER_TRY(api::actor_id_of(actor));
  HttpAnswer answer = THEATER_TRY(client->get_bytes(api::actor_target(id, "/state")));
  bool has_state = answer.status != 204;
  if (options.json) {
    output.json({{"actor", id.to_string()},
                 {"state", has_state ? views::json_bytes(answer.body) : views::Json()}});
  } else if (has_state && options.form == StateForm::kPretty) {
    output.content(pretty_text(answer.body));
  } else if (has_state) {
    output.content(bytes_for(Screen::of_output(), answer.body));
  } else {
    print_warning(fmt::format("`{}` keeps no state", options.actor));
  }
  return {};
}

void define(OptionParser& parser, StateOptions& options) {
  parser.argument("ACTOR", options.actor);
  parser.choice_option(
      "--format;-f", "FORM", "form", {"raw", "json", "pretty"},
      [&options](size_t form) { options.form = static_cast<StateForm>(form); },
      "raw (default), json or pretty");
  server_choice(parser, options.server);
  json_option(parser, options.json, "the same as --format json");
  parser.check([&options] {
    options.json = options.json || options.form == StateForm::kJson;
    return std::string();
  });
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
state prints nothing, and a warning says so.

--format pretty indents a state that is JSON, and shows any other as printable
text, to a file as well.)",
     .examples = R"(theater state counter
theater state counter > counter.state
theater state counter --format pretty
theater state counter@-1 --json)"},
    define,
    run};

}  // namespace theater::cli
