#include "theater/cli/commands/replaying.h"

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
#include "theater/runtime/compiled_cache.h"
#include "theater/runtime/replay_components.h"
#include "theater/store/blob_store.h"
#include "theater/store/home.h"

#include <optional>
#include <utility>

namespace theater::cli {

namespace {

// A replay changes nothing in a home.
constexpr uint64_t kKeepNothing = 0;

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
  const HomeLayout* home = nullptr;  // Where the node has kept what it compiled.
};

Result<replay::Report> replay_chain(const ReplaySubject& subject, replay::Options options,
                                    const Recorded& recorded) {
  auto engine = THEATER_TRY(engine::Engine::create());
  engine::Ticker ticker(*engine);
  // Only a reader of the node's key can tell the node's own compiled code from a forgery.
  std::optional<CompiledCache> compiled;
  if (recorded.home != nullptr) {
    auto key = read_node_key(*recorded.home);
    if (key) compiled.emplace(*engine, recorded.home->cache(), *key, kKeepNothing);
  }
  ReplayComponents components(*engine, recorded.blobs, compiled ? &*compiled : nullptr);

  if (!subject.component.empty()) {
    Bytes source = THEATER_TRY(read_file(subject.component));
    options.component =
        THEATER_TRY_CONTEXT(components.add(source), "{}", subject.component.string());
  }
  uint64_t events = recorded.events;
  if (options.until && *options.until < events) events = *options.until + 1;
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
  return Error(
      ErrorCode::kInvalidArgument,
      fmt::format("{} is the node itself, which runs no component: a replay needs an actor",
                  id.to_string()));
}

Result<replay::Report> replay_export(const ReplaySubject& subject, replay::Options options) {
  // Counts the events and finds a torn file before the replay begins.
  views::ChainFacts chain = THEATER_TRY(read_export_facts(subject.actor));
  auto reader = THEATER_TRY(open_export(subject.actor));
  if (chain.actor == reader->header().log_id) return Failure(is_a_node(chain.actor));
  log::ExportSource source(*reader);
  auto blobs = [&](const Hash& digest) { return reader->blob(digest); };
  return replay_chain(subject, std::move(options),
                      {.source = source, .events = chain.events, .blobs = blobs});
}

}  // namespace

Result<replay::Report> replay_subject(const ReplaySubject& subject, replay::Options options) {
  if (THEATER_TRY(names_export(subject.actor))) {
    return replay_export(subject, std::move(options));
  }
  auto reader = THEATER_TRY(open_log(subject.home));
  ActorId id = THEATER_TRY(find_actor(*reader, subject.actor));
  if (id == reader->log_id()) return Failure(is_a_node(id));
  HomeLayout home{home_folder(subject.home)};
  auto store = THEATER_TRY(BlobStore::open_read_only(home.blobs()));
  auto blobs = [&](const Hash& digest) { return store->get(digest); };
  auto replay_with = [&](log::OutputParts outputs) {
    auto source = log::stored_chain(*reader, id, 0, outputs);
    return replay_chain(
        subject, options,
        {.source = *source, .events = reader->find(id)->events, .blobs = blobs, .home = &home});
  };
  // A listener may look at the outputs on record.
  if (options.listener != nullptr) return replay_with(log::OutputParts::kAll);
  replay::Report report = THEATER_TRY(replay_with(log::OutputParts::kSaltOnly));
  if (report.outcome != replay::Outcome::kDiverged) return report;
  // The outputs on record show the difference, or are damaged.
  return replay_with(log::OutputParts::kAll);
}

}  // namespace theater::cli
