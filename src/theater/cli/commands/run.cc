#include "theater/cli/commands/run.h"

#include "theater/api/client/api_client.h"
#include "theater/base/guarded.h"
#include "theater/base/log.h"
#include "theater/cli/commands/run_plan.h"
#include "theater/cli/commands/run_session.h"
#include "theater/cli/options/operator_reader.h"
#include "theater/cli/options/shared_options.h"
#include "theater/cli/terminal/damage_notice.h"
#include "theater/cli/terminal/progress.h"
#include "theater/cli/terminal/signals.h"
#include "theater/runtime/node.h"
#include "theater/store/home.h"
#include "theater/views/text.h"

#include <nlohmann/json.hpp>

#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace theater::cli {

namespace {

// Ends the process at once, as a kill does, after a line that says why. The next run in the home
// recovers what is on record.
[[noreturn]] void end_at_once(std::string_view why) {
  print_error(Error(ErrorCode::kCancelled, fmt::format("interrupted{}", why)));
  ::_exit(static_cast<int>(Exit::kInterrupted));
}

// Target of signals: null until the session begins.
using Interruptible = Guarded<RunSession*>;

void interrupt(Interruptible& target, int count) {
  if (count > 2) end_at_once(", before the actors had ended");
  RunSession* session = target.with([&](RunSession* known) {
    // Under the lock, so that no session begins meanwhile.
    if (known == nullptr) end_at_once(" before any actor started");
    return known;
  });
  session->interrupt(count);
}

Error nothing_to_run(const std::filesystem::path& home) {
  return Error(ErrorCode::kInvalidArgument,
               fmt::format("missing argument MANIFEST: the home {} has no actor to recover",
                           home.string()))
      .with_hint("`theater help run` says more");
}

// Actors without a parent that the home has from earlier runs.
std::vector<KnownActor> known_actors(const Recovery& recovery) {
  std::vector<KnownActor> known;
  for (const RecoveredRoot& root : recovery.roots()) {
    const Manifest& manifest = root.common->manifest;
    known.push_back({root.id, manifest.name, manifest.digest, root.common});
  }
  for (const UnrecoverableTree& lost : recovery.lost())
    known.push_back({lost.root, lost.name, lost.manifest, nullptr});
  return known;
}

// Name of this run in the home's lock.
std::string command_text(const RunOptions& options) {
  std::string text = "theater run";
  for (const ManifestArgument& manifest : options.manifests)
    text += " " + manifest.path.string();
  return text;
}

NodeOptions node_options(const RunOptions& options, const Policy& policy,
                         const std::filesystem::path& home) {
  NodeOptions node{.home = home, .holder = command_text(options), .fetch = telling_fetch};
  node.secrets = policy.secrets();
  node.tls_key_pairs = policy.tls_key_pairs();
  if (options.manifests.empty()) node.no_log = NodeOptions::NoLog::kRefuse;
  if (options.accepts_damage) {
    node.accept_damage = [home](const auto& accepted) { print_accepted_damage(accepted, home); };
  }
  return node;
}

// The error of a home that another process holds says what to do if that is a server.
Error with_server_hint(Error error, const std::filesystem::path& home) {
  if (error.code() != ErrorCode::kUnavailable) return error;
  auto address = api::server_of_home(home);
  if (!address) return error;
  auto client = api::ApiClient::connect(*address, {.wait_time = std::chrono::seconds(5)});
  if (!client || !(*client)->get("/v1/node")) return error;
  return std::move(error).with_hint(
      "a server holds this home: `theater start MANIFEST` starts an actor there");
}

Result<void> prepare_recovery(Node& node, const Policy& policy) {
  Progress progress("replaying", ProgressLine::Unit::kEvents);
  return node.prepare_recovery(policy,
                               [&](uint64_t done, uint64_t of) { progress.show(done, of); });
}

bool is_name(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](unsigned char c) {
    return std::isalnum(c) || c == '-' || c == '_';
  });
}

ManifestArgument split_manifest(const std::string& word) {
  // A path may have an equals sign of its own.
  std::error_code ignored;
  if (std::filesystem::exists(word, ignored)) return {"", word};
  size_t equals = word.find('=');
  if (equals != std::string::npos && is_name(std::string_view(word).substr(0, equals))) {
    return {word.substr(0, equals), word.substr(equals + 1)};
  }
  return {"", word};
}

void define(OptionParser& parser, RunOptions& options) {
  parser.arguments(
      [&](const std::string& word) { options.manifests.push_back(split_manifest(word)); });
  parser.repeated_option(
      "--init", "[NAME:]JSON|@FILE",
      [&](const std::string& text) { options.inits.push_back(text); },
      "the initial state; an object is merged into the manifest's by its top-level keys, anything "
      "else replaces it; a FILE may hold any bytes");
  auto message = [&](MessageKind kind) {
    return [&options, kind](const std::string& text) { options.messages.push_back({kind, text}); };
  };
  parser.repeated_option("--send", "[NAME:]TEXT|@FILE", message(MessageKind::kSend),
                         "send a message; may be repeated");
  parser.repeated_option("--request", "[NAME:]TEXT|@FILE", message(MessageKind::kRequest),
                         "send a request and print its reply; may be repeated");
  policy_options(parser, options.policy);
  home_option(parser, options.home, "record in DIR");
  parser.flag("--accept-damage", options.accepts_damage,
              "if the log in the home is damaged, set it aside and begin another");
  parser.flag("--keep", options.keeps,
              "keep the actors at the end for the next run in the home, which resumes them");
  parser.flag("--chain", options.chain, "print each actor's chain of events at the end");
  parser.flag("--raw", options.raw, "with --chain: show payloads as bytes, in hexadecimal");
  parser.flag("--full", options.full, "with --chain: shorten no payload");
  parser.flag("--metrics", options.metrics, "print each actor's cost and work at the end");
  json_option(parser, options.json, "print one JSON object per line");
  log_options(parser, options.log);
}

// Without a MANIFEST, that of the current folder, if it has one.
RunOptions with_manifest_here(RunOptions options) {
  std::error_code ignored;
  if (options.manifests.empty() && std::filesystem::exists("manifest.toml", ignored))
    options.manifests.push_back({"", "manifest.toml"});
  return options;
}

Exit run(const RunOptions& given, Output& output) {
  const RunOptions options = with_manifest_here(given);
  configure_log(options.log.level, options.log.format);
  auto policy = operator_policy(options.policy);
  if (!policy)
    return report_failure(policy.error(), exit_of_policy(policy.error()), options.json, output);
  OsRandom random;
  std::filesystem::path home = home_folder(options.home);
  auto reading = OperatorReader::create(home, *policy);
  if (!reading) return report_failure(reading.error(), Exit::kFailed, options.json, output);
  const ReferenceReader& reader = reading->reader();
  if (!options.manifests.empty()) {
    // A wrong command line is reported before anything starts.
    auto plan = plan_run(options, reader, random);
    if (!plan) return report_failure(plan.error().error, plan.error().exit, options.json, output);
  }

  // Signals are blocked first, since the node's threads inherit that.
  Interruptible target(nullptr);
  std::optional<StopSignals> signals(std::in_place, [&](int count) { interrupt(target, count); });
  auto node = Node::open(node_options(options, *policy, home));
  if (!node) {
    bool no_log = options.manifests.empty() && node.error().code() == ErrorCode::kNotFound;
    return no_log ? report_failure(nothing_to_run(home), Exit::kWrongUse, options.json, output)
                  : report_failure(with_server_hint(node.error(), home), Exit::kFailed,
                                   options.json, output);
  }
  if (auto prepared = prepare_recovery(**node, *policy); !prepared)
    return report_failure(prepared.error(), Exit::kFailed, options.json, output);
  const Recovery& recovery = (*node)->recovery();
  if (options.manifests.empty() && !recovery.anything()) {
    return report_failure(nothing_to_run(home), Exit::kWrongUse, options.json, output);
  }
  std::vector<KnownActor> known = known_actors(recovery);
  auto plan = plan_run(options, reader, random, &known);
  if (!plan) return report_failure(plan.error().error, plan.error().exit, options.json, output);
  RunSession session(**node, *std::move(plan), *std::move(policy), reader, options, output);
  target.with([&](RunSession*& running) { running = &session; });
  session.start_actors();
  session.converse();
  session.finish();
  if (!options.keeps && session.leaves_start_behind()) {
    if (session.cut_off()) end_at_once(" while an actor started");
    // The log failed, or nobody reads the output.
    ::_exit(static_cast<int>(session.failed() ? Exit::kFailed : Exit::kDone));
  }
  // From here on a signal ends the process at once, unless the session keeps actors.
  if (!options.keeps) signals.reset();
  auto closed = session.close();
  signals.reset();
  if (!closed && !session.failed()) {
    return report_failure(closed.error(), Exit::kFailed, options.json, output);
  }
  if (session.failed()) return Exit::kFailed;
  return session.cut_off() ? Exit::kInterrupted : Exit::kDone;
}

}  // namespace

const CommandOf<RunOptions> kRunCommand = {
    {.name = "run",
     .usage = "[[NAME=]MANIFEST…] [options]",
     .summary = "run actors in this process and talk to them",
     .details = R"(Starts an actor for each manifest in this process, and carries out the messages
in the order given. Replies go to standard output, one line each; log lines go
to standard error. What an actor says is shown when it is on record: for an
actor with durability sync before the reply of the same call. An error that an
actor returns is a line on standard error; the messages after it are carried out
all the same, and the run exits with 1.

A MANIFEST is a file, a folder with a manifest.toml, or an address: https://… or
store://ID/LABEL, in a store of the home. Without one it is the manifest.toml of
the current folder, if there is one. If an address ends in #sha256=DIGEST,
the server's content must have this digest. Names in a manifest are relative to
the manifest. Private-network hosts are refused unless listed with
--private-host.

A NAME before `=` names an actor for this run; without one it has the name in
its manifest. Messages and initial states without `NAME:` go to the first actor.
In a run of several actors, and where it is nearly the name of one, a word
before `:` must be a name; NAME: before it makes it the beginning of a text. A
secret of the policy can be for a NAME before `=`, and never for a name in a
manifest.

Every actor gets its id before the first one starts, so `{{actor.NAME}}` in
--init, --send or --request stands for the id of that actor, whichever starts
first. A @FILE to send stays as it is.

The run records the acts of its actors in a home. One run at a time holds a
home. `theater log`, `theater verify` and `theater replay` read it.

After a crash, a kill -9 or a power failure, the next run in the same home first
recovers its actors from their last states; without a MANIFEST, in a folder
that has none, it does only that. A MANIFEST whose text and name match a
recovered actor refers to it, and its --init is ignored.

A run refuses a home whose log is damaged, and changes nothing there. With
--accept-damage it keeps the damaged log in DIR/damaged, resumes none of its
actors, and begins a new log, which names the old one. A torn end, as a crash
leaves it, is no damage.

With --chain the chains appear at the end as `theater log show` shows them.

With --metrics a table at the end shows for each actor how many calls ended, how
many of them returned an error or lost the instance, how long workers spent on
them, how many messages waited at most, its linear memory, its recorded events
and bytes, and its messages in and out. A second table shows what the actors
recorded by record-metric.

The run ends when all actors have ended. With --send or --request it ends when
those are done and every actor is idle. While a request has no answer, the run
also waits for the calls of intervals, since one of them may bring the answer. A
run that ends also ends its actors. Ctrl-C stops the actors gracefully; a second
Ctrl-C ends them at once. Without --keep, Ctrl-C waits for no actor that still
starts. A run that Ctrl-C cuts off before all its actors have started and all
its messages are done exits with 130.

With --keep a run that ends, or gets Ctrl-C, keeps its actors. None of them
takes another message, and a call in progress has 10 seconds to return. The next
run in the home resumes the actors from their last states. A second Ctrl-C waits
for no call. A call that did not return fails, as in a crash. Actors with
durability memory end.)",
     .examples = R"(theater run examples/counter --send inc --send inc --request get
theater run examples/counter --init '{"count": 41}' --send inc --chain
theater run a=examples/ping-pong b=examples/ping-pong \
    --init 'a:{"peer": "{{actor.b}}"}' --send 'a:serve 3' --request a:score
theater run examples/counter --send inc --keep --home kept
theater run agent.toml --grant environment:vars=API_URL \
    --request @question.txt --json
theater run http://localhost:8000/agent.toml --private-host localhost:8000)"},
    define,
    run};

}  // namespace theater::cli
