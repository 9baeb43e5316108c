#include "theater/actor/cell/recorder.h"
#include "theater/actor/scheduling/thread_timers.h"
#include "theater/actor/scheduling/worker_pool.h"
#include "theater/base/testing/temporary_folder.h"
#include "theater/engine/ticker.h"
#include "theater/handlers/registry.h"
#include "theater/log/check/log_check.h"
#include "theater/log/reader/log_reader.h"
#include "theater/runtime/runtime.h"
#include "theater/runtime/testing/echo_actor.h"
#include "theater/store/home.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <future>
#include <set>
#include <thread>

namespace theater::recording_test {

engine::Engine& shared_engine() {
  static std::unique_ptr<engine::Engine> engine = *engine::Engine::create();
  return *engine;
}

struct RecordingTest : ::testing::Test {
  RecordingTest() {
    home = *Home::open(folder.path(), random, "recording_test");
    blobs = *BlobStore::open(home->layout().blobs());
  }
  ~RecordingTest() override {
    runtime.reset();
    log.reset();
  }

  void start(const log::LogOptions& options = {}) {
    log::Log::Parts parts{home->key(), *blobs, clock, random};
    auto opened = log::Log::open(home->layout().log(), parts, options);
    ASSERT_TRUE(opened) << opened.error().to_string();
    log = *std::move(opened);
    recording.emplace(Recording{*log, *blobs});
    timers.reset();
    pool.emplace(4);
    timers.emplace();
    runtime.emplace(Runtime::Parts{.scheduler = *pool,
                                   .timers = *timers,
                                   .routing = routing,
                                   .clock = clock,
                                   .random = random,
                                   .handlers = handlers,
                                   .loader = loader,
                                   .recording = &*recording});
  }

  void stop() {
    runtime.reset();
    auto closed = log->close();
    EXPECT_TRUE(closed) << closed.error().to_string();
  }

  static SpawnRequest request_for(const std::string& settings = "") {
    SpawnRequest request;
    request.manifest = *parse_manifest(
        "name = \"echo\"\ncomponent = \"echo.wasm\"\n[[handler]]\ntype = \"message-server\"\n" +
            settings,
        "echo.toml", "/");
    request.component = to_bytes(testing::kEchoActor);
    request.state = to_bytes("from here");
    return request;
  }

  // The bodies of one actor's events, as a second reader of the log finds them.
  std::vector<log::Event> stored(const ActorId& id) {
    std::vector<log::Event> events;
    auto reader = log::LogReader::open(home->layout().log());
    EXPECT_TRUE(reader) << reader.error().to_string();
    if (!reader || (*reader)->find(id) == nullptr) return events;
    log::LogCursor cursor = (*reader)->actor_cursor(id);
    for (;;) {
      auto event = cursor.next();
      EXPECT_TRUE(event) << event.error().to_string();
      if (!event || !*event) return events;
      events.push_back(*log::decode_event((*event)->bytes));
    }
  }

  log::LogReport checked() {
    auto report = log::check_log(home->layout().log());
    EXPECT_TRUE(report) << report.error().to_string();
    for (const log::Finding& finding : report->findings)
      ADD_FAILURE() << finding.to_string();
    return *report;
  }

  OsRandom random;
  SystemClock clock;
  HandlerSet handlers = make_handlers();
  EngineLoader loader{shared_engine()};
  engine::Ticker ticker{shared_engine()};
  std::optional<WorkerPool> pool;      // Belongs to one runtime.
  std::optional<ThreadTimers> timers;  // So do they.
  TemporaryFolder folder;
  std::unique_ptr<Home> home;
  std::unique_ptr<BlobStore> blobs;
  std::unique_ptr<log::Log> log;
  std::optional<Recording> recording;
  Routing routing;
  std::optional<Runtime> runtime;
};

// The thread that commits calls those that wait for the disk. An answer of an actor of durability
// `memory` waits for nothing, and comes from a worker.
TEST_F(RecordingTest, AnIdleWorkerCommits) {
  log::LogOptions options;
  options.short_commit = std::chrono::hours(1);
  start(options);
  auto of_disk = runtime->spawn(request_for());
  auto of_memory = runtime->spawn(request_for("[log]\ndurability = \"memory\"\n"));
  ASSERT_TRUE(of_disk && of_memory);
  auto answered_by = [&](const ActorId& id) {
    std::promise<std::thread::id> called;
    runtime->request(id, as_bytes("ping"), [&](const Result<Bytes>& answer) {
      EXPECT_TRUE(answer);
      called.set_value(std::this_thread::get_id());
    });
    return called.get_future().get();
  };
  std::set<std::thread::id> workers;
  bool by_worker = false;
  for (int i = 0; i < 10'000 && !by_worker; ++i) {
    workers.insert(answered_by(of_memory->id));
    by_worker = workers.contains(answered_by(of_disk->id));
  }
  EXPECT_TRUE(by_worker);
  stop();
}

TEST_F(RecordingTest, AnAnswerIsOnDiskWhenItIsGiven) {
  start();
  auto spawned = runtime->spawn(request_for());
  ASSERT_TRUE(spawned) << spawned.error().to_string();
  EXPECT_EQ(stored(spawned->id).size(), 5u) << "genesis, instance, call, note, returned";
  for (uint64_t asked = 1; asked <= 20; ++asked) {
    ASSERT_EQ(as_text(*runtime->request(spawned->id, as_bytes("ping"))), "ping");
    EXPECT_EQ(stored(spawned->id).size(), 5 + 2 * asked);
  }
  stop();
}

TEST_F(RecordingTest, TheStoredChainIsTheOneInMemoryAndProvesItself) {
  start();
  auto spawned = runtime->spawn(request_for());
  ASSERT_TRUE(spawned) << spawned.error().to_string();
  for (size_t size : {1, 100, 4'000, 5'000, 30'000})
    ASSERT_TRUE(runtime->request(spawned->id, Bytes(size, uint8_t{7})));
  ASSERT_TRUE(runtime->stop(spawned->id));
  ASSERT_TRUE(runtime->wait_ended(spawned->id));
  log::Chain chain = *runtime->chain(spawned->id);
  stop();

  auto reader = *log::LogReader::open(home->layout().log());
  log::LogCursor cursor = reader->actor_cursor(spawned->id);
  size_t detached = 0;
  for (uint64_t seq = 0; seq < chain.end_seq(); ++seq) {
    auto event = *cursor.next();
    ASSERT_TRUE(event);
    EXPECT_EQ(as_text(event->bytes), as_text(chain.event(seq)));
    if (!event->bodies) continue;
    auto bodies = *cursor.bodies(1);
    ASSERT_TRUE(bodies[0]);
    EXPECT_GT(bodies[0]->bytes().size(), Recorder::kInlineBytesMax);
    ++detached;
  }
  EXPECT_FALSE(*cursor.next());
  EXPECT_EQ(detached, 4u) << "two messages and their answers";
  log::LogReport report = checked();
  EXPECT_EQ(report.verdict, log::Verdict::kValid);
  EXPECT_EQ(report.events, chain.size() + 4) << "and the node's own";
}

TEST_F(RecordingTest, WhatEventsNameIsInTheBlobs) {
  start();
  SpawnRequest request = request_for();
  Hash manifest = request.manifest.digest;
  auto spawned = runtime->spawn(std::move(request));
  ASSERT_TRUE(spawned) << spawned.error().to_string();
  auto events = stored(spawned->id);
  ASSERT_GE(events.size(), 2u);
  auto instance = std::get<log::Instance>(events[1].body);
  auto beside = *BlobStore::open_read_only(home->layout().blobs());
  EXPECT_TRUE(beside->get(instance.component));
  EXPECT_TRUE(beside->get(manifest));
  EXPECT_EQ(as_text(*beside->get(std::get<log::SomeState>(instance.state).value.digest)),
            "from here");
  stop();
}

TEST_F(RecordingTest, AMemoryActorLeavesNothingOnDisk) {
  start();
  auto spawned = runtime->spawn(request_for("[log]\ndurability = \"memory\"\n"));
  ASSERT_TRUE(spawned) << spawned.error().to_string();
  ASSERT_TRUE(runtime->request(spawned->id, as_bytes("ping")));
  stop();
  EXPECT_TRUE(stored(spawned->id).empty());
  EXPECT_FALSE(blobs->contains(spawned->component));
  EXPECT_EQ(checked().actors, 0u);
}

TEST_F(RecordingTest, EveryPayloadIsDetachedIfTheManifestSaysSo) {
  start();
  auto spawned = runtime->spawn(request_for("[log]\ndetach = \"all\"\n"));
  ASSERT_TRUE(spawned) << spawned.error().to_string();
  for (const log::Event& event : stored(spawned->id)) {
    if (const auto* call = std::get_if<log::Call>(&event.body)) {
      EXPECT_TRUE(std::holds_alternative<log::Detached>(call->arguments));
    }
  }
  stop();
  log::LogReport report = checked();
  EXPECT_EQ(report.verdict, log::Verdict::kValid);
  EXPECT_GE(report.bodies, 2u);
}

TEST_F(RecordingTest, AFullBufferOnlySlowsActorsDown) {
  log::LogOptions options;
  options.buffer_bytes = 2048;
  start(options);
  std::vector<ActorId> ids;
  for (int i = 0; i < 4; ++i) {
    auto spawned = runtime->spawn(request_for("[log]\ndurability = \"async\"\n"));
    ASSERT_TRUE(spawned) << spawned.error().to_string();
    ids.push_back(spawned->id);
  }
  for (int i = 0; i < 500; ++i) {
    for (const ActorId& id : ids)
      ASSERT_TRUE(runtime->send(id, Bytes(200, uint8_t{1})));
  }
  for (const ActorId& id : ids)
    EXPECT_TRUE(runtime->wait_idle(id));
  stop();
  log::LogReport report = checked();
  EXPECT_EQ(report.verdict, log::Verdict::kValid);
  EXPECT_GE(report.events, 4u * 1000);
}

// A client that waits for a busy actor learns that it will not finish.
TEST_F(RecordingTest, WaitingForAnActorEndsWhenTheLogStops) {
  start();
  ActorId id = runtime->spawn(request_for())->id;
  std::filesystem::path checkpoint = home->layout().log() / "checkpoint";
  std::filesystem::remove(checkpoint);
  std::filesystem::create_directories(checkpoint / "in-the-way");
  while (!log->failure()) {
    ASSERT_TRUE(runtime->send(id, as_bytes("before")));
    ASSERT_TRUE(runtime->wait_idle(id));
  }
  ASSERT_TRUE(runtime->send(id, as_bytes("after")));
  EXPECT_TRUE(runtime->wait_idle(id));
  EXPECT_GE(runtime->status(id)->mailbox_waiting, 1u);
  ASSERT_TRUE(runtime->kill(id));
  EXPECT_TRUE(runtime->wait_ended(id));
  runtime.reset();
  EXPECT_FALSE(log->close());
}

TEST_F(RecordingTest, AnotherRunGoesOnInTheSameLog) {
  start();
  ASSERT_TRUE(runtime->spawn(request_for()));
  stop();
  uint64_t before = checked().events;
  log.reset();
  start();
  ASSERT_TRUE(runtime->spawn(request_for()));
  stop();
  log::LogReport report = checked();
  EXPECT_EQ(report.verdict, log::Verdict::kValid);
  EXPECT_GT(report.events, before);
  EXPECT_EQ(report.actors, 2u);
}

}  // namespace theater::recording_test
