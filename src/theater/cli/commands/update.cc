#include "theater/cli/commands/update.h"

#include "theater/api/client/actor_reference.h"
#include "theater/cli/commands/actor_text.h"
#include "theater/cli/commands/start_upload.h"
#include "theater/cli/options/operator_reader.h"
#include "theater/cli/options/shared_options.h"
#include "theater/store/home.h"

#include <nlohmann/json.hpp>

#include <chrono>
#include <utility>

namespace theater::cli {

namespace {

// The server compiles the component, and waits for the end of a call, before it answers.
constexpr std::chrono::milliseconds kUpdateWait = std::chrono::hours(24);

Result<void> update(const UpdateOptions& options, Output& output) {
  OperatorReader reading = THEATER_TRY(
      OperatorReader::create(home_folder(options.server.home), Policy::default_policy()));
  api::UploadForm form = THEATER_TRY(read_update(options.code, options.grants, reading.reader()));
  auto client = THEATER_TRY(connect_to_server(options.server, kUpdateWait));
  views::Json actor = THEATER_TRY(api::find_actor(*client, options.actor, api::ActorUse::kAct));
  ActorId id = THEATER_TRY(api::actor_id_of(actor));
  views::Json updated = THEATER_TRY(client->upload(api::actor_target(id, "/update"), form));
  print_warnings(updated);
  if (options.json) {
    output.json(updated);
  } else {
    output.line(printable(fmt::format("{} ({}): updated, {}", member_text(updated, "name"),
                                      short_id_of(updated), member_text(updated, "state"))));
  }
  return {};
}

void define(OptionParser& parser, UpdateOptions& options) {
  parser.argument("ACTOR", options.actor);
  parser.argument("CODE", options.code);
  parser.repeated_option(
      "--grant", "GRANT", [&](const std::string& text) { options.grants.push_back(text); },
      "allow the new code this beyond the server's policy; may be repeated");
  server_choice(parser, options.server);
  json_option(parser, options.json);
}

Exit run(const UpdateOptions& options, Output& output) {
  return exit_after(update(options, output), options.json, output);
}

}  // namespace

const CommandOf<UpdateOptions> kUpdateCommand = {
    {.name = "update",
     .usage = "ACTOR CODE [options]",
     .summary = "give a living actor new code",
     .details = R"(CODE is a component, or a manifest that names one, as for `theater start`. When
the call that the actor may be in has returned, the actor continues with the new
component. It keeps its id, its record, its mailbox, its state, and what its
handlers hold, such as timers. `init` does not run again. What the old component
kept in its own memory, outside the state, is gone.

Everything is checked before anything changes: the new component must have every
export of the old one that the server calls, and import only what its manifest
lists. The name, [limits], [budget], [log], [supervision] and `state` of the
manifest must stay as they are. The actor must be started on its own, and have
no children. A paused actor is updated when it resumes.

The grants of `theater start` were given to the old component, so an update
takes them away. A --grant gives one to the new component, and needs a token of
the scope admin, or the server's own socket.

If the new component cannot be set up, the actor resumes with the old one. If it
fails later, the server restarts the new one, where it restarts the actor at
all. Another update goes back to the old one. `theater help stop` says how ACTOR
names one.)",
     .examples = R"(theater update counter counter-2.wasm
theater update agent agent/manifest.toml --grant environment:vars=API_URL)"},
    define,
    run};

}  // namespace theater::cli
