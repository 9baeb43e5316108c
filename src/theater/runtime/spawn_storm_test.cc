// Actors that spawn, stop, fail and are killed, all at once on threads, with everything on disk.
#include "theater/actor/scheduling/thread_timers.h"
#include "theater/actor/scheduling/worker_pool.h"
#include "theater/log/check/log_check.h"
#include "theater/log/reader/chain_source.h"
#include "theater/log/reader/log_reader.h"
#include "theater/runtime/testing/family.h"
#include "theater/store/home.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <thread>

namespace theater::spawn_storm_test {

using testing::Family;
using testing::Told;

// Seconds; THEATER_STORM_SECONDS says otherwise.
std::chrono::milliseconds duration() {
  const char* seconds = std::getenv("THEATER_STORM_SECONDS");
  return seconds == nullptr ? std::chrono::milliseconds(700)
                            : std::chrono::seconds(std::atoi(seconds));
}

struct StormTest : ::testing::Test {
  StormTest() {
    home = *Home::open(home_folder.path(), random, "storm");
    blobs = *BlobStore::open(home->layout().blobs());
    log = *log::Log::open(home->layout().log(), {home->key(), *blobs, clock, random});
    recording.emplace(Recording{*log, *blobs});
    family.emplace(pool, timers, clock, nullptr, &*recording);
  }

  // One of those that make the storm: a random one of a few things to a random actor.
  void blow(uint64_t seed, std::chrono::steady_clock::time_point until) {
    SeededRandom dice(seed);
    Runtime& runtime = family->runtime();
    auto common = *runtime.prepare(family->root_request());
    while (std::chrono::steady_clock::now() < until) {
      // A client does not outrun the actors for ever.
      while (open.load() > kOpenMax)
        std::this_thread::yield();
      std::vector<ActorId> actors = living();
      if (actors.size() < 8) {
        ++open;
        runtime.spawn(common, {}, [this](const Result<SpawnReport>&) { --open; });
        if (actors.empty()) continue;
      }
      const ActorId& id = actors[dice.below(actors.size())];
      const ActorId& other = actors[dice.below(actors.size())];
      switch (dice.below(16)) {
        case 0:
          (void)runtime.kill(id);
          break;
        case 1:
          (void)runtime.stop(id);
          break;
        case 2:
          ask(id, "quit done");
          break;
        case 3:
          ask(id, "trap");
          break;
        case 4:
          ask(id, "spawn fail");
          break;
        case 5:
          ask(id, "spawn trap");
          break;
        case 6:
        case 7:
          ask(id, "spawn nest 3");
          break;
        case 8:
        case 9:
          ask(id, "stop " + other.to_string());
          break;
        case 10:
          ask(id, "children");
          break;
        default:
          if (actors.size() < 300) ask(id, "spawn kept");
          break;
      }
    }
  }

  std::vector<ActorId> living() {
    std::vector<ActorId> ids;
    for (const ActorId& id : family->runtime().actors()) {
      auto status = family->runtime().status(id);
      if (status && !status->ended) ids.push_back(id);
    }
    return ids;
  }

  void ask(const ActorId& id, const std::string& text) {
    ++open;
    ++asked;
    family->runtime().request(id, as_bytes(text), [this](const Result<Bytes>&) { --open; });
  }

  std::map<ActorId, Told> recorded() {
    std::map<ActorId, Told> chains;
    auto reader = *log::LogReader::open(home->layout().log());
    for (const auto& actor : reader->actors()) {
      if (actor.id == reader->actors().front().id) continue;  // The node itself.
      auto source = log::stored_chain(*reader, actor.id);
      log::Chain chain(size_t{64} << 20);
      while (auto event = *source->next())
        chain.append_encoded(event->bytes, log::decode_event(event->bytes)->time);
      chains.emplace(actor.id, testing::tell(chain));
    }
    return chains;
  }

  static constexpr int64_t kOpenMax = 200;

  OsRandom random;
  SystemClock clock;
  TemporaryFolder home_folder;
  std::unique_ptr<Home> home;
  std::unique_ptr<BlobStore> blobs;
  std::unique_ptr<log::Log> log;
  std::optional<Recording> recording;
  WorkerPool pool{4};
  ThreadTimers timers;
  std::atomic<int64_t> open{0};
  std::atomic<int64_t> asked{0};
  std::optional<Family> family;
};

TEST_F(StormTest, LeavesNobodyWaitingAndEveryChainRight) {
  auto until = std::chrono::steady_clock::now() + duration();
  std::vector<std::thread> threads;
  for (uint64_t seed = 1; seed <= 3; ++seed)
    threads.emplace_back([this, seed, until] { blow(seed, until); });
  for (std::thread& thread : threads)
    thread.join();
  family->end();
  // Answers of those whose record must be on disk first are given by then.
  ASSERT_TRUE(log->close());
  EXPECT_EQ(open.load(), 0) << "who asked and was not answered, or answered twice";
  auto report = log::check_log(home->layout().log());
  ASSERT_TRUE(report);
  EXPECT_EQ(report->verdict, log::Verdict::kValid);
  std::map<ActorId, Told> chains = recorded();
  EXPECT_GT(chains.size(), 8u);
  size_t children = 0;
  for (const auto& [id, told] : chains) {
    EXPECT_TRUE(std::holds_alternative<log::Terminated>(told.events.back().body)) << told.outline();
    if (told.genesis().parent) ++children;
  }
  EXPECT_GT(children, 0u);
  EXPECT_EQ(family->what_is_wrong(chains), std::nullopt);
  RecordProperty("actors", static_cast<int>(chains.size()));
  RecordProperty("requests", static_cast<int>(asked.load()));
}

}  // namespace theater::spawn_storm_test
