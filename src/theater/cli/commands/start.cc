#include "theater/cli/commands/start.h"

#include "theater/api/client/actor_end.h"
#include "theater/api/client/actor_reference.h"
#include "theater/base/guarded.h"
#include "theater/base/log.h"
#include "theater/cli/commands/actor_text.h"
#include "theater/cli/commands/event_lines.h"
#include "theater/cli/options/operator_reader.h"
#include "theater/cli/options/shared_options.h"
#include "theater/cli/terminal/signals.h"
#include "theater/manifest/supervision.h"
#include "theater/runtime/json_object.h"
#include "theater/store/home.h"

#include <nlohmann/json.hpp>

#include <unistd.h>

#include <optional>
#include <utility>

namespace theater::cli {

namespace {

using views::Json;

// The server compiles the component and runs `init` before it answers.
constexpr std::chrono::milliseconds kStartWait = std::chrono::hours(1);
// A signal is acted on while the user waits.
constexpr std::chrono::milliseconds kSignalWait{5'000};

// Ends the actor at Ctrl-C: the first stops it, the second kills it, the third ends the command. A
// signal that comes while the actor starts takes effect then.
class StopOnSignal {
 public:
  explicit StopOnSignal(const StartOptions& options) : options_(options) {}

  bool came() const {
    return known_.with([](const Known& known) { return known.signals > 0; });
  }

  void started(const ActorId& actor) {
    int signals = known_.with([&](Known& known) {
      known.actor = actor;
      return known.signals;
    });
    if (signals > 0) end(actor, signals);
  }

 private:
  struct Known {
    std::optional<ActorId> actor;
    int signals = 0;
  };

  void on_signal(int count) {
    if (count > 2) ::_exit(130);
    std::optional<ActorId> actor = known_.with([&](Known& known) {
      known.signals = count;
      return known.actor;
    });
    if (actor) end(*actor, count);
  }

  // Uses a connection of its own, since the command waits on the other one.
  void end(const ActorId& actor, int count) {
    auto client = connect_to_server(options_.server, kSignalWait);
    if (!client) return print_error(client.error());
    auto done = (*client)->post(api::actor_target(actor, count == 1 ? "/stop" : "/kill"));
    if (!done) print_error(done.error());
  }

  const StartOptions& options_;
  Guarded<Known> known_;
  StopSignals signals_{[this](int count) { on_signal(count); }};
};

Result<api::UploadForm> read_sources(const StartOptions& options) {
  Policy policy = Policy::default_policy();
  for (const std::string& host : options.private_hosts)
    THEATER_TRY_VOID(policy.add_private_host(host));
  OperatorReader reading =
      THEATER_TRY(OperatorReader::create(home_folder(options.server.home), policy));
  return read_upload(options.sources, reading.reader());
}

Result<void> print_events(api::ApiClient& client, const ActorId& actor, const StartOptions& options,
                          Output& output) {
  auto stream = THEATER_TRY(client.follow(api::actor_target(actor, "/events?from=0")));
  EventPrinter printer(options.json ? EventForm::kJson : EventForm::kPretty, output);
  return print_stream(*stream, {}, std::nullopt, printer, output);
}

// Prints the end, and says whether it is a success.
Result<void> report_end(const std::string& name, const ActorId& actor, const api::ActorEnd& end,
                        bool json, Output& output) {
  const std::optional<Bytes>& data = end.data;
  if (json) {
    Json line = {{"actor", actor.to_string()}, {"how", end.how}};
    if (data) line["data"] = views::json_bytes(*data);
    if (!end.failure.empty()) line["failure"] = end.failure;
    output.json({{"ended", line}});
  } else if (data) {
    Screen screen = Screen::of_output();
    output.content(bytes_for(screen, *data));
    if (!screen.is_terminal) output.text("\n");
  }
  if (end.how == "completed" || end.how == "stopped") return {};
  std::string why = end.failure.empty() ? "" : fmt::format(": {}", end.failure);
  return fail(ErrorCode::kUnavailable, "`{}` {}{}", name,
              end.how == "killed" ? "was killed" : end.how, why);
}

Result<void> start(const StartOptions& options, Output& output) {
  bool waits = options.wait || options.follow;
  // Blocks the signals before any other thread starts.
  std::optional<StopOnSignal> signals;
  if (waits) signals.emplace(options);
  api::UploadForm form = THEATER_TRY(read_sources(options));
  auto client = THEATER_TRY(connect_to_server(options.server, kStartWait));
  if (signals && signals->came())
    return fail(ErrorCode::kCancelled, "interrupted before the actor was started");
  Json started = THEATER_TRY(client->upload("/v1/actors", form, options.key));
  ActorId id = THEATER_TRY(api::actor_id_of(started));
  print_warnings(started);
  std::string name = member_text(started, "name");
  if (options.json) {
    output.json({{"started", started}});
  } else if (waits) {
    // Standard output has the events and what the actor leaves.
    log_line(LogLevel::kInfo, {.actor = name, .part = {}}, "started as {}", id.to_string());
  } else {
    output.line(id.to_string());
  }
  if (!waits) return {};
  signals->started(id);
  if (options.follow) THEATER_TRY_VOID(print_events(*client, id, options, output));
  api::ActorEnd end = THEATER_TRY(api::wait_for_end(*client, id));
  return report_end(name, id, end, options.json, output);
}

void define(OptionParser& parser, StartOptions& options) {
  parser.argument("MANIFEST", options.sources.manifest);
  parser.option("--init;--initial-state,-i", "JSON|@FILE", options.sources.init,
                "the initial state, merged into the manifest's as by `theater run`");
  parser.option("--state", "FILE", options.sources.state,
                "the state as another actor left it (`theater state`); it is not merged");
  parser.repeated_option(
      "--grant", "GRANT", [&](const std::string& text) { options.sources.grants.push_back(text); },
      "allow the actor this beyond the server's policy; may be repeated");
  parser.repeated_option(
      "--private-host", "HOST",
      [&](const std::string& text) { options.private_hosts.push_back(text); },
      "read http(s) addresses from this host although it is in a private network; may be repeated");
  parser.option("--name", "NAME", options.sources.name,
                "call the actor NAME on this server, instead of as its manifest does");
  std::vector<std::string> rules;
  for (auto kind : {RestartKind::kPermanent, RestartKind::kTransient, RestartKind::kTemporary})
    rules.emplace_back(restart_kind_name(kind));
  parser.choice_option(
      "--restart", "WHEN", "rule", rules,
      [&options, rules](size_t rule) { options.sources.restart = rules[rule]; },
      "when the server restarts the actor: permanent (always), transient (when it failed), "
      "temporary (never, default)");
  key_option(parser, options.key);
  parser.flag("--ready", options.ready, "end when `init` has returned, as without this option");
  parser.flag("--wait;--parent,-p", options.wait,
              "wait for the end of the actor, and print what it leaves");
  parser.flag("--follow;--subscribe,-s", options.follow,
              "print the actor's events until it has ended");
  parser.hidden_flag("--unix-signals,-u", options.signals);
  server_choice(parser, options.server);
  json_option(parser, options.json, "print one JSON object per line");
  parser.check([&options]() -> std::string {
    const std::string& init = options.sources.init;
    if (!init.empty() && !options.sources.state.empty())
      return "--init and --state both give the state: leave one out";
    if (init.empty() || init.starts_with('@')) return {};
    auto problem = json_problem(init);
    if (!problem) return {};
    return fmt::format("--init is no JSON: {}; a text needs quotes of its own: --init '\"text\"'",
                       *problem);
  });
}

Exit run(const StartOptions& options, Output& output) {
  auto done = start(options, output);
  bool is_wrong_use = !done && !done.error().context().empty() &&
                      done.error().context().back().starts_with("--grant ");
  if (is_wrong_use) return report_failure(done.error(), Exit::kWrongUse, options.json, output);
  return exit_after(done, options.json, output);
}

}  // namespace

const CommandOf<StartOptions> kStartCommand = {
    {.name = "start",
     .usage = "MANIFEST [options]",
     .summary = "start an actor on a server",
     .details = R"(Reads the manifest, its component and its initial state, uploads them to the
server, and prints the id of the actor when its `init` has returned and is on
record. MANIFEST is a file, a folder with a manifest.toml, or an address, as for
`theater run`. The server opens none of these files.

With --wait the command ends when the actor does, and prints the data that the
actor passed to its own shutdown. The exit status is 0 if the actor completed or
was stopped, and 1 if it failed or was killed. Ctrl-C stops the actor, and a
second Ctrl-C kills it.

--follow does the same as --wait, and prints the actor's events meanwhile.

A --name is unique among the server's actors and stays on record, and so does
the rule of --restart. `[supervision]` in the server's policy says how often and
how soon it restarts an actor.

With a --key the actor is started once in 24 hours, however often the command
runs; each run prints the first id.

A --grant is for this actor only, and needs a token of the scope admin, or the
server's own socket.)",
     .examples = R"(theater start examples/counter
theater start examples/counter --init '{"count": 41}'
theater start job.toml --wait
theater start agent.toml --grant environment:vars=API_URL --follow)"},
    define,
    run};

}  // namespace theater::cli
