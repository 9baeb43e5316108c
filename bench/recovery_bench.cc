// recovery.snapshot, recovery.start: how long a node needs to recover an actor of a million events,
// from its newest snapshot and from its beginning. The time runs from the opening of the log to the
// actor's answer to a first request. recovery.many: the same of a thousand actors that share the
// events, each from its newest snapshot. recovery.keys: how long a server, which answers meanwhile,
// reads such a log for idempotency keys, if every call has one. recovery.keys.none: if none has.
//
//   recovery [EVENTS [FOLDER [NAME]]]    1,000,000 events, the logs in the present folder, and
//                                        snapshot, start, many and keys, if not said
//
// An actor keeps 64 bytes of state and gets as many in each message. The node is lost as a crash
// would leave it: its home is copied while everything on disk stands still.
#include "theater/actor/scheduling/thread_timers.h"
#include "theater/actor/scheduling/worker_pool.h"
#include "theater/base/log.h"
#include "theater/base/testing/temporary_folder.h"
#include "theater/engine/ticker.h"
#include "theater/handlers/registry.h"
#include "theater/log/reader/log_reader.h"
#include "theater/log/recovery/once_records.h"
#include "theater/log/writer/log.h"
#include "theater/runtime/runtime.h"
#include "theater/runtime/testing/echo_actor.h"

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <string>
#include <system_error>
#include <thread>
#include <vector>

#include "benchmark.h"
#include "measure.h"
#include "recorded_components.h"

namespace theater::bench::recovery_bench {

namespace {

namespace fs = std::filesystem;

constexpr uint64_t kBatch = 1000;
constexpr size_t kMessageBytes = 64;
const int kRuns = kQuick ? 1 : 5;

// What all nodes of this process share.
struct House {
  OsRandom random;
  SystemClock clock;
  SigningKey key = SigningKey::generate(random);
  std::unique_ptr<engine::Engine> engine = expect(engine::Engine::create());
  engine::Ticker ticker{*engine};
  HandlerSet handlers = make_handlers();
  EngineLoader loader{*engine};
};

// A node on a folder, with one worker.
class Node {
 public:
  Node(House& house, const fs::path& folder)
      : folder_(folder),
        blobs_(expect(BlobStore::open(folder / "blobs"))),
        log_(expect(
            log::Log::open(folder / "log", {house.key, *blobs_, house.clock, house.random}))),
        recording_{*log_, *blobs_},
        runtime_(std::in_place, Runtime::Parts{pool_, timers_, routing_, house.clock, house.random,
                                               house.handlers, house.loader, &recording_}) {}
  ~Node() {
    runtime_.reset();
    (void)log_->close();
  }

  Runtime& runtime() { return *runtime_; }
  log::Log& log() { return *log_; }
  const BlobStore& blobs() const { return *blobs_; }
  fs::path log_folder() const { return folder_ / "log"; }

 private:
  fs::path folder_;
  WorkerPool pool_{1};
  ThreadTimers timers_;
  Routing routing_;
  std::unique_ptr<BlobStore> blobs_;
  std::unique_ptr<log::Log> log_;
  Recording recording_;
  std::optional<Runtime> runtime_;
};

// Copies again if the node publishes a checkpoint meanwhile.
void copy_home(const fs::path& from, const fs::path& to) {
  for (int tries = 0; tries < 100; ++tries) {
    std::error_code failed;
    fs::remove_all(to);
    fs::copy(from, to, fs::copy_options::recursive, failed);
    if (!failed) return;
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
  THEATER_CHECK(false, "{} does not stand still", from.string());
}

// What the actors of one home have behind them.
struct Past {
  uint64_t actors = 1;
  uint64_t events = 0;  // Of all together.
  uint64_t snapshot_events = 0;
  bool has_keys = false;  // Whether each message has an idempotency key.
};

// Leaves a home behind in `lost`, and says whose it is.
std::vector<ActorId> record(House& house, const Past& past, const fs::path& folder,
                            const fs::path& lost) {
  Node node(house, folder);
  SpawnRequest request;
  request.manifest = expect(parse_manifest(
      fmt::format("name = \"echo\"\ncomponent = \"echo.wat\"\nstate = \"explicit\"\n[log]\n"
                  "durability = \"async\"\nsnapshot_events = {}\nsnapshot_bytes = \"1024GiB\"\n"
                  "[limits]\nmailbox_messages = 2000\n[[handler]]\ntype = \"message-server\"\n",
                  past.snapshot_events),
      "echo.toml", "/"));
  request.component = to_bytes(testing::kEchoActor);
  auto common = expect(node.runtime().prepare(std::move(request)));
  std::vector<ActorId> ids;
  for (uint64_t i = 0; i < past.actors; ++i)
    ids.push_back(expect(node.runtime().spawn(common, {})).id);
  Bytes message(kMessageBytes, uint8_t{7});
  uint64_t keys = 0;
  for (const ActorId& id : ids) {
    while (expect(node.runtime().status(id)).events < past.events / past.actors) {
      for (uint64_t i = 0; i < kBatch / past.actors + 1; ++i) {
        // Every call leaves another state.
        message[i % kMessageBytes] ^= static_cast<uint8_t>(i + 1);
        ClientMessage sent{.to = id, .payload = message};
        if (past.has_keys) {
          log::Once once{sha256(as_bytes(fmt::format("{}", ++keys))), sha256(message)};
          sent.from = log::NamedClient{.name = "token bench", .once = once, .trace = {}};
        }
        THEATER_CHECK(node.runtime().send(sent));
      }
      THEATER_CHECK(node.runtime().wait_idle(id));
    }
  }
  THEATER_CHECK(node.log().flush());
  copy_home(folder, lost);
  return ids;
}

struct Return {
  Cost cost;
  uint64_t replayed = 0;
};

Return go_on(House& house, const std::vector<ActorId>& ids, const fs::path& folder) {
  double cpu = cpu_seconds();
  auto began = std::chrono::steady_clock::now();
  Node node(house, folder);
  auto reader = expect(log::LogReader::open(node.log_folder()));
  RecordedComponents components(*house.engine, as_bytes(testing::kEchoActor), &node.blobs());
  auto prepared =
      expect(node.runtime().prepare_recovery({.log = *reader, .components = components}));
  RecoveryReport report = expect(node.runtime().recover(*prepared));
  THEATER_CHECK(report.actors == ids.size(), "{} actors were recovered", report.actors);
  for (const ActorId& id : ids)
    (void)expect(node.runtime().request(id, Bytes(kMessageBytes)));
  return {{seconds_since(began), cpu_seconds() - cpu}, report.replayed};
}

void measure(House& house, const char* name, const Past& past, const fs::path& below) {
  TemporaryFolder folder(below);
  fs::path lost = folder.path() / "lost";
  std::vector<ActorId> ids = record(house, past, folder.path() / "home", lost);
  std::vector<double> seconds;
  std::vector<double> cpu;
  Return last;
  for (int i = 0; i < kRuns; ++i) {
    fs::path copy = folder.path() / fmt::format("{}", i);
    fs::copy(lost, copy, fs::copy_options::recursive);
    last = go_on(house, ids, copy);
    seconds.push_back(last.cost.seconds);
    cpu.push_back(last.cost.cpu_seconds);
    fs::remove_all(copy);
  }
  Figure figure = figure_of(std::move(seconds));
  fmt::print(
      R"({{"bench": "recovery.{}", "value": {:.3f}, "unit": "s", "best": {:.3f}, "worst": {:.3f}, )"
      R"("cpu_s": {:.3f}, "actors": {}, "events": {}, "replayed": {}, "runs": {}}})"
      "\n",
      name, figure.median, figure.best, figure.worst, figure_of(std::move(cpu)).best, past.actors,
      past.events, last.replayed, kRuns);
  std::fflush(stdout);
}

void measure_keys(House& house, const char* name, const Past& past, const fs::path& below) {
  TemporaryFolder folder(below);
  fs::path lost = folder.path() / "lost";
  (void)record(house, past, folder.path() / "home", lost);
  std::vector<double> seconds;
  size_t keys = 0;
  for (int i = 0; i < kRuns; ++i) {
    auto began = std::chrono::steady_clock::now();
    auto reader = expect(log::LogReader::open(lost / "log"));
    keys = expect(log::read_once_records(*reader, 0)).size();
    seconds.push_back(seconds_since(began));
  }
  Figure figure = figure_of(std::move(seconds));
  fmt::print(
      R"({{"bench": "recovery.{}", "value": {:.3f}, "unit": "s", "best": {:.3f}, "worst": {:.3f}, )"
      R"("events": {}, "keys": {}, "runs": {}}})"
      "\n",
      name, figure.median, figure.best, figure.worst, past.events, keys, kRuns);
  std::fflush(stdout);
}

const Benchmark kBenchmark("recovery", [](int argc, char** argv) {
  uint64_t events = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 1'000'000;
  fs::path below = argc > 2 ? argv[2] : ".";
  // A line of the log for each actor is no part of it.
  configure_log(LogLevel::kOff, LogFormat::kHuman);
  House house;
  std::string_view one = argc > 3 ? argv[3] : "";
  auto wanted = [&](std::string_view name) { return one.empty() || name == one; };
  if (wanted("snapshot")) measure(house, "snapshot", {1, events, 10'000}, below);
  if (wanted("start")) measure(house, "start", {1, events, events * 10}, below);
  if (wanted("keys")) {
    measure_keys(house, "keys", {1, events, 10'000, true}, below);
    measure_keys(house, "keys.none", {1, events, 10'000}, below);
  }
  if (wanted("many")) measure(house, "many", {amount(1'000, 10), events, 20}, below);
  return 0;
});

}  // namespace

}  // namespace theater::bench::recovery_bench
