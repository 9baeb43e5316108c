#include "theater/base/check.h"
#include "theater/base/file.h"
#include "theater/cli/actor_argument.h"
#include "theater/cli/commands.h"
#include "theater/cli/export_argument.h"
#include "theater/cli/progress.h"
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

// Remembers the hash of the last event that it gave: the recorded head, once all are read.
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

// A chain to be replayed: its events, how many, and the content that they name.
struct Recorded {
  log::ChainSource& source;
  uint64_t events;
  ReplayComponents::Blobs blobs;
};

Result<replay::Report> replay_chain(const ReplayCommand& command, const Recorded& recorded) {
  auto engine = THEATER_TRY(engine::Engine::create());
  engine::Ticker ticker(*engine);
  ReplayComponents components(*engine, recorded.blobs);

  replay::Options options;
  options.until = command.until;
  if (!command.component.empty()) {
    Bytes source = THEATER_TRY(read_file(command.component));
    options.component =
        THEATER_TRY_CONTEXT(components.add(source), "{}", command.component.string());
  }
  uint64_t events = recorded.events;
  if (command.until && *command.until < events) events = *command.until + 1;
  Progress progress("replaying", ProgressLine::Unit::kEvents);
  options.progress = [&](uint64_t done) { progress.show(done, events); };

  WatchedSource source(recorded.source);
  replay::Report report = THEATER_TRY(replay::replay(source, components, options));
  THEATER_CHECK(report.outcome != replay::Outcome::kIdentical || !report.complete ||
                    report.head == source.head(),
                "a replay without divergence ends at another head");
  return report;
}

Error is_a_node(const ActorId& id) {
  return Error(ErrorCode::kInvalidArgument,
               fmt::format("{} is the node itself, which runs no component: there is nothing to "
                           "replay",
                           id.to_string()));
}

Result<replay::Report> replay_export(const ReplayCommand& command) {
  // How many events there are, and that all of them are there, before the first one is replayed.
  views::ChainFacts chain = THEATER_TRY(read_export_facts(command.actor));
  auto reader = THEATER_TRY(open_export(command.actor));
  if (chain.actor == reader->header().log_id) return Failure(is_a_node(chain.actor));
  log::ExportSource source(*reader);
  auto blobs = [&](const Hash& digest) { return reader->blob(digest); };
  return replay_chain(command, {.source = source, .events = chain.events, .blobs = blobs});
}

Result<replay::Report> replay_actor(const ReplayCommand& command) {
  if (THEATER_TRY(names_export(command.actor))) return replay_export(command);
  auto reader = THEATER_TRY(open_log(command.home));
  ActorId id = THEATER_TRY(find_actor(*reader, command.actor));
  if (id == reader->log_id()) return Failure(is_a_node(id));
  HomeLayout home{home_folder(command.home)};
  auto store = THEATER_TRY(BlobStore::open_read_only(home.blobs()));
  auto blobs = [&](const Hash& digest) { return store->get(digest); };
  auto source = log::stored_chain(*reader, id);
  return replay_chain(command,
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

}  // namespace

Exit run(const ReplayCommand& command, Output& output) {
  auto report = replay_actor(command);
  if (!report) return report_failure(report.error(), Exit::kFailed, command.json, output);
  auto state = command.state ? views::ShownState::kShown : views::ShownState::kHidden;
  if (command.json) {
    output.json(views::replay_json(*report, state));
  } else {
    output.text(views::replay_text(*report, state));
  }
  return exit_of(report->outcome);
}

}  // namespace theater::cli
