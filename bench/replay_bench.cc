// replay: CPU time of replaying an actor from the log against that of the run that made it,
// its way to the disk included: calls with 64 bytes of state and of arguments.
// replay.memory: the same, with a chain that was kept in memory only.
//
//   replay [CALLS [FOLDER]]    100,000 calls, and the log in the present folder, if not said
//
// The run is that of a client that sends messages to a runtime with one worker.
#include "theater/replay/replay.h"

#include "theater/actor/scheduling/thread_timers.h"
#include "theater/actor/scheduling/worker_pool.h"
#include "theater/base/check.h"
#include "theater/engine/ticker.h"
#include "theater/handlers/registry.h"
#include "theater/log/reader/chain_source.h"
#include "theater/log/reader/log_reader.h"
#include "theater/runtime/runtime.h"
#include "theater/runtime/testing/echo_actor.h"

#include <cstdlib>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "benchmark.h"
#include "disk.h"
#include "measure.h"
#include "recorded_components.h"

namespace theater::bench::replay_bench {

namespace {

namespace fs = std::filesystem;

constexpr size_t kBatch = 1000;
constexpr size_t kMessageBytes = 64;
const int kRatioRuns = kQuick ? 1 : 9;

struct Run {
  double seconds = 0;
  ActorId id;
  Hash head;
  Bytes events;  // One after the other.
  std::vector<size_t> ends;
};

// Hands the events out as a reader of a log does: one by one, from where they lie together.
class RunSource final : public log::ChainSource {
 public:
  explicit RunSource(const Run& run) : run_(run) {}

  Result<std::optional<log::SourcedEvent>> next() override {
    if (next_ == run_.ends.size()) return std::optional<log::SourcedEvent>();
    size_t begin = next_ == 0 ? 0 : run_.ends[next_ - 1];
    ByteView bytes = ByteView(run_.events).subspan(begin, run_.ends[next_++] - begin);
    return log::SourcedEvent{.bytes = to_bytes(bytes)};
  }

 private:
  const Run& run_;
  size_t next_ = 0;
};

class Bench {
 public:
  // With a disk, until everything is on it and signed.
  Run record(size_t calls, Disk* disk) {
    Run run;
    WorkerPool pool(1);
    ThreadTimers timers;
    Routing routing;
    std::optional<Recording> recording;
    if (disk != nullptr) recording.emplace(Recording{*disk->log, *disk->blobs});
    std::optional<Runtime> owned(
        std::in_place, Runtime::Parts{pool, timers, routing, clock_, random_, handlers_, loader_,
                                      recording ? &*recording : nullptr});
    Runtime& runtime = *owned;
    SpawnRequest request;
    request.manifest = expect(parse_manifest(
        "name = \"echo\"\ncomponent = \"echo.wat\"\n[limits]\nmailbox_messages = 2000\n"
        "[[handler]]\ntype = \"message-server\"\n",
        "echo.toml", "/"));
    request.component = to_bytes(testing::kEchoActor);
    ActorId id = run.id = expect(runtime.spawn(std::move(request))).id;
    Bytes message(kMessageBytes, uint8_t{7});
    for (size_t sent = 0; sent < calls; sent += kBatch) {
      double before = cpu_seconds();
      for (size_t i = 0; i < kBatch; ++i) {
        // Every call leaves another state.
        message[i % kMessageBytes] ^= static_cast<uint8_t>(i + 1);
        auto put = runtime.send(id, message);
        THEATER_CHECK(put.has_value(), "{}", put.error().to_string());
      }
      auto idle = runtime.wait_idle(id);
      run.seconds += cpu_seconds() - before;
      THEATER_CHECK(idle.has_value(), "the actor is gone");
      // The chain keeps the newest events only: more than a batch.
      log::Chain chain = expect(runtime.chain(id));
      chain.for_each([&](uint64_t seq, ByteView bytes, const Hash&) {
        if (seq != run.ends.size()) return;
        append(run.events, bytes);
        run.ends.push_back(run.events.size());
      });
      THEATER_CHECK(run.ends.size() == chain.size(), "events were dropped unseen");
      run.head = chain.head();
    }
    double before = cpu_seconds();
    owned.reset();
    if (disk != nullptr) expect(disk->log->close());
    run.seconds += cpu_seconds() - before;
    return run;
  }

  double replay_seconds(const Run& run, const Disk* disk) {
    double before = cpu_seconds();
    std::unique_ptr<log::LogReader> reader;
    std::unique_ptr<log::ChainSource> source = std::make_unique<RunSource>(run);
    if (disk != nullptr) {
      reader = expect(log::LogReader::open(disk->scratch.path() / "log"));
      source = log::stored_chain(*reader, run.id);
    }
    // The log also has how the actor ended with its runtime.
    replay::Options options;
    options.until = run.ends.size() - 1;
    replay::Report report = expect(replay::replay(*source, components_, options));
    double seconds = cpu_seconds() - before;
    THEATER_CHECK(report.outcome == replay::Outcome::kIdentical && report.head == run.head,
                  "the replay is not the run");
    return seconds;
  }

 private:
  std::unique_ptr<engine::Engine> engine_ = expect(engine::Engine::create());
  RecordedComponents components_{*engine_, as_bytes(testing::kEchoActor)};
  engine::Ticker ticker_{*engine_};
  SystemClock clock_;
  OsRandom random_;
  HandlerSet handlers_ = make_handlers();
  EngineLoader loader_{*engine_};
};

void measure(Bench& bench, size_t calls, const fs::path* folder) {
  std::vector<double> recorded;
  std::vector<double> replayed;
  std::vector<double> ratios;
  for (int i = 0; i < kRatioRuns; ++i) {
    std::optional<Disk> disk;
    if (folder != nullptr) disk.emplace(*folder);
    Run run = bench.record(calls, disk ? &*disk : nullptr);
    recorded.push_back(run.seconds);
    replayed.push_back(bench.replay_seconds(run, disk ? &*disk : nullptr));
    ratios.push_back(replayed.back() / recorded.back());
  }
  auto us_per_call = [&](std::vector<double> seconds) {
    return figure_of(std::move(seconds)).best * 1e6 / static_cast<double>(calls);
  };
  // Each ratio is of two times that are next to each other, so what else the machine does is in
  // both; the median leaves out what was in one.
  Figure ratio = figure_of(std::move(ratios));
  fmt::print(R"({{"bench": "replay{}", "value": {:.3f}, "unit": "of the recorded run's CPU time", )"
             R"("best": {:.3f}, "worst": {:.3f}, "recorded_us_per_call": {:.2f}, )"
             R"("replayed_us_per_call": {:.2f}, "calls": {}, "runs": {}}})"
             "\n",
             folder == nullptr ? ".memory" : "", ratio.median, ratio.best, ratio.worst,
             us_per_call(std::move(recorded)), us_per_call(std::move(replayed)), calls, kRatioRuns);
  std::fflush(stdout);
}

const Benchmark kBenchmark("replay", [](int argc, char** argv) {
  size_t calls = argc > 1 ? std::strtoul(argv[1], nullptr, 10) : 100'000;
  fs::path folder = argc > 2 ? argv[2] : ".";
  Bench bench;
  measure(bench, calls, &folder);
  measure(bench, calls, nullptr);
  return 0;
});

}  // namespace

}  // namespace theater::bench::replay_bench
