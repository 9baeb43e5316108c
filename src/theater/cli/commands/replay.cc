#include "theater/cli/commands/replay.h"

#include "theater/base/check.h"
#include "theater/base/file.h"
#include "theater/cli/options/actor_argument.h"
#include "theater/cli/options/export_argument.h"
#include "theater/cli/options/shared_options.h"
#include "theater/cli/terminal/progress.h"
#include "theater/engine/ticker.h"
#include "theater/log/event/event.h"
#include "theater/log/export/reader.h"
#include "theater/log/reader/chain_source.h"
#include "theater/replay/replay.h"
#include "theater/runtime/replay_components.h"
#include "theater/store/blob_store.h"
#include "theater/store/home.h"
#include "theater/views/replay_view.h"

#include <nlohmann/json.hpp>

#include <utility>

namespace theater::cli {

namespace {

// Remembers the hash of the last event that it gave: the recorded head after the last one.
class WatchedSource final : public log::ChainSource {
 public:
  explicit WatchedSource(log::ChainSource& source) : source_(source) {}

  Result<std::optional<log::SourcedEvent>> next() override {
    std::optional<log::SourcedEvent> event = THEATER_TRY(source_.next());
    if (event) head_ = log::event_hash(event->bytes);
    return event;
  }

  const Hash& head() const { return head_; }

 private:
  log::ChainSource& source_;
  Hash head_;
};

// A chain for a replay: its events, their number, and the content that they name.
struct Recorded {
  log::ChainSource& source;
  uint64_t events;
  ReplayComponents::Blobs blobs;
};

Result<replay::Report> replay_chain(const ReplayOptions& options, const Recorded& recorded) {
  auto engine = THEATER_TRY(engine::Engine::create());
  engine::Ticker ticker(*engine);
  ReplayComponents components(*engine, recorded.blobs);

  replay::Options replaying;
  replaying.until = options.until;
  if (!options.component.empty()) {
    Bytes source = THEATER_TRY(read_file(options.component));
    replaying.component =
        THEATER_TRY_CONTEXT(components.add(source), "{}", options.component.string());
  }
  uint64_t events = recorded.events;
  if (options.until && *options.until < events) events = *options.until + 1;
  Progress progress("replaying", ProgressLine::Unit::kEvents);
  replaying.progress = [&](uint64_t done) { progress.show(done, events); };

  WatchedSource source(recorded.source);
  replay::Report report = THEATER_TRY(replay::replay(source, components, replaying));
  THEATER_CHECK(report.outcome != replay::Outcome::kIdentical || !report.complete ||
                    report.head == source.head(),
                "a replay without divergence ends at another head");
  return report;
}

Error is_a_node(const ActorId& id) {
  return Error(
      ErrorCode::kInvalidArgument,
      fmt::format("{} is the node itself, which runs no component: a replay needs an actor",
                  id.to_string()));
}

Result<replay::Report> replay_export(const ReplayOptions& options) {
  // Counts the events and finds a torn file before the replay begins.
  views::ChainFacts chain = THEATER_TRY(read_export_facts(options.actor));
  auto reader = THEATER_TRY(open_export(options.actor));
  if (chain.actor == reader->header().log_id) return Failure(is_a_node(chain.actor));
  log::ExportSource source(*reader);
  auto blobs = [&](const Hash& digest) { return reader->blob(digest); };
  return replay_chain(options, {.source = source, .events = chain.events, .blobs = blobs});
}

Result<replay::Report> replay_actor(const ReplayOptions& options) {
  if (THEATER_TRY(names_export(options.actor))) return replay_export(options);
  auto reader = THEATER_TRY(open_log(options.home));
  ActorId id = THEATER_TRY(find_actor(*reader, options.actor));
  if (id == reader->log_id()) return Failure(is_a_node(id));
  HomeLayout home{home_folder(options.home)};
  auto store = THEATER_TRY(BlobStore::open_read_only(home.blobs()));
  auto blobs = [&](const Hash& digest) { return store->get(digest); };
  auto source = log::stored_chain(*reader, id);
  return replay_chain(options,
                      {.source = *source, .events = reader->find(id)->events, .blobs = blobs});
}

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
  auto report = replay_actor(options);
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
