#include "theater/cli/commands/acts.h"

#include "theater/api/client/actor_end.h"
#include "theater/api/client/actor_reference.h"
#include "theater/cli/commands/actor_text.h"
#include "theater/cli/options/shared_options.h"

#include <nlohmann/json.hpp>

#include <utility>

namespace theater::cli {

namespace {

enum class Act : uint8_t { kStop, kKill, kPause, kResume, kRestart };

constexpr std::string_view act_name(Act act) {
  switch (act) {
    case Act::kStop:
      return "stop";
    case Act::kKill:
      return "kill";
    case Act::kPause:
      return "pause";
    case Act::kResume:
      return "resume";
    case Act::kRestart:
      return "restart";
  }
  return "";
}

bool ends_actor(Act act) {
  return act == Act::kStop || act == Act::kKill;
}

// The end of a call may be far away, and the server says nothing before.
constexpr std::chrono::milliseconds kCallWait = std::chrono::hours(24);

std::string_view query_of(Act act, const ActOptions& options) {
  if (act == Act::kPause && options.wait) return "?wait=true";
  return options.force ? "?force=true" : "";
}

std::string name_of(const views::Json& actor) {
  return fmt::format("{} ({})", member_text(actor, "name"), short_id_of(actor));
}

Result<void> do_act(Act act, const ActOptions& options, Output& output) {
  bool waits_for_call = act == Act::kRestart || (act == Act::kPause && options.wait);
  auto client = THEATER_TRY(waits_for_call ? connect_to_server(options.server, kCallWait)
                                           : connect_to_server(options.server));
  views::Json actor = THEATER_TRY(api::find_actor(*client, options.actor, api::ActorUse::kAct));
  ActorId id = THEATER_TRY(api::actor_id_of(actor));
  std::string rest = fmt::format("/{}{}", act_name(act), query_of(act, options));
  auto changed = client->post(api::actor_target(id, rest));
  if (!changed) {
    Error error = std::move(changed).error();
    bool is_busy = act == Act::kPause && error.code() == ErrorCode::kUnavailable;
    if (is_busy && !options.wait && error.hint().empty())
      error = std::move(error).with_hint("--wait pauses the actor at the end of its call");
    return Failure(std::move(error));
  }
  if (ends_actor(act) && options.wait) {
    api::ActorEnd end = THEATER_TRY(api::wait_for_end(*client, id));
    if (options.json) {
      output.json({{"ended", {{"actor", id.to_string()}, {"how", end.how}}}});
    } else {
      output.line(printable(fmt::format("{}: {}", name_of(actor), end.how)));
    }
    return {};
  }
  if (options.json) {
    output.json(*changed);
  } else {
    output.line(printable(fmt::format("{}: {}", name_of(actor), member_text(*changed, "state"))));
  }
  return {};
}

template <Act act>
void define(OptionParser& parser, ActOptions& options) {
  parser.argument("ACTOR", options.actor);
  if (ends_actor(act)) parser.flag("--wait", options.wait, "wait until the actor has ended");
  if (act == Act::kPause)
    parser.flag("--wait", options.wait, "if the actor is in a call, wait for its end");
  if (act == Act::kRestart)
    parser.flag("--force", options.force, "cut off the call that the actor may be in");
  server_choice(parser, options.server);
  json_option(parser, options.json);
}

template <Act act>
Exit run(const ActOptions& options, Output& output) {
  return exit_after(do_act(act, options, output), options.json, output);
}

}  // namespace

const CommandOf<ActOptions> kStopCommand = {
    {.name = "stop",
     .usage = "ACTOR [options]",
     .summary = "end an actor when its call has returned",
     .details = R"(The actor takes no further message, and ends when the call that it may be in
has returned. Its children end too. Without --wait the command does not wait for
that.

ACTOR is an id, the beginning of one (4 digits or more), the name of a root, or
a path such as foreman/kid. If several actors may be meant, the command does
nothing and lists them.)",
     .examples = R"(theater stop counter
theater stop foreman/kid --wait
theater stop 3f09)"},
    define<Act::kStop>,
    run<Act::kStop>};

const CommandOf<ActOptions> kKillCommand = {
    {.name = "kill",
     .usage = "ACTOR [options]",
     .summary = "end an actor at once",
     .details = R"(The actor ends even in the middle of a call, whose effects so far stay on
record. Its children end too. `theater help stop` says how ACTOR names one.)",
     .examples = R"(theater kill counter
theater kill foreman/kid --wait)"},
    define<Act::kKill>,
    run<Act::kKill>};

const CommandOf<ActOptions> kPauseCommand = {
    {.name = "pause",
     .usage = "ACTOR [options]",
     .summary = "keep an actor from taking messages",
     .details = R"(Messages wait in the mailbox until `theater resume`. An actor that is in a call
cannot be paused; with --wait the command waits for the end of the call.
`theater help stop` says how ACTOR names one.)",
     .examples = R"(theater pause counter
theater pause counter --wait)"},
    define<Act::kPause>,
    run<Act::kPause>};

const CommandOf<ActOptions> kResumeCommand = {
    {.name = "resume",
     .usage = "ACTOR [options]",
     .summary = "let a paused actor take messages again",
     .details = "`theater help stop` says how ACTOR names one.",
     .examples = "theater resume counter"},
    define<Act::kResume>,
    run<Act::kResume>};

const CommandOf<ActOptions> kRestartCommand = {
    {.name = "restart",
     .usage = "ACTOR [options]",
     .summary = "give an actor a fresh instance of its component",
     .details = R"(The actor keeps its id, its record and its mailbox. It begins with its first
state, or with the last one if `restart_from` says so in its manifest, or in the
policy for a root. Its children end, and declared ones start again. The restart
waits for the end of the call that the actor may be in; with --force it cuts
the call off. The command waits until the fresh instance is up.
`theater help stop` says how ACTOR names one.)",
     .examples = R"(theater restart counter
theater restart foreman/kid --force)"},
    define<Act::kRestart>,
    run<Act::kRestart>};

}  // namespace theater::cli
