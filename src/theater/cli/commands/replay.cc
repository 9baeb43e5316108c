#include "theater/cli/commands/replay.h"

#include "theater/cli/commands/replaying.h"
#include "theater/cli/options/shared_options.h"
#include "theater/replay/replay.h"
#include "theater/views/replay_view.h"

#include <nlohmann/json.hpp>

#include <utility>

namespace theater::cli {

namespace {

Exit exit_of(replay::Outcome outcome) {
  switch (outcome) {
    case replay::Outcome::kIdentical:
      return Exit::kDone;
    case replay::Outcome::kDiverged:
      return Exit::kFailed;
    case replay::Outcome::kUnverifiable:
      return Exit::kUnverifiable;
  }
  return Exit::kFailed;
}

void define(OptionParser& parser, ReplayOptions& options) {
  parser.argument("ACTOR", options.actor);
  parser.position_option("--until", options.until, "stop after this event");
  parser.flag("--state", options.state, "print the state that the actor ends with");
  parser.option("--component", "FILE", options.component,
                "run this component in place of the recorded one");
  home_option(parser, options.home);
  json_option(parser, options.json);
}

Exit run(const ReplayOptions& options, Output& output) {
  replay::Options replaying;
  replaying.until = options.until;
  auto report =
      replay_subject({.home = options.home, .actor = options.actor, .component = options.component},
                     std::move(replaying));
  if (!report) return report_failure(report.error(), Exit::kFailed, options.json, output);
  auto state = options.state ? views::ShownState::kShown : views::ShownState::kHidden;
  if (options.json) {
    output.json(views::replay_json(*report, state));
  } else {
    output.text(views::replay_text(*report, state));
  }
  return exit_of(report->outcome);
}

}  // namespace

const CommandOf<ReplayOptions> kReplayCommand = {
    {.name = "replay",
     .usage = "ACTOR|FILE [options]",
     .summary = "run an actor again from its record, and compare",
     .details = R"(Runs an actor again from its record. The replay repeats each recorded call, and
answers every call of the guest out of its sandbox from the record. Nothing that
the guest does has an effect outside. A difference from the record is a
divergence; the command shows the first one from both sides.

  IDENTICAL     exit 0: the same events with the same hashes
  DIVERGED      exit 1: the component does not do what is on record
  UNVERIFIABLE  exit 3: something that the replay needs is missing

The replay checks only the actor's own chain. `theater verify` proves the log
that holds the chain.

A FILE in place of ACTOR is an export (`theater help log export`). It holds
everything that a replay needs, without a home.)",
     .examples = R"(theater replay counter
theater replay counter --until 40 --state
theater replay counter --component build/fixed.wasm
theater replay counter.export)"},
    define,
    run};

}  // namespace theater::cli
