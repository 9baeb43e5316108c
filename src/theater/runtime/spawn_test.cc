// Spawning by clients: templates, callbacks, many at once, and what is kept of those that ended.
#include "theater/actor/scheduling/seeded_scheduler.h"
#include "theater/actor/scheduling/thread_timers.h"
#include "theater/actor/scheduling/worker_pool.h"
#include "theater/base/guarded.h"
#include "theater/runtime/testing/family.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <latch>
#include <set>
#include <string_view>
#include <thread>

namespace theater::spawn_test {

using testing::Family;

struct OnThreads {
  explicit OnThreads(size_t workers) : pool(workers), family(pool, timers, clock, nullptr) {}

  SystemClock clock;
  WorkerPool pool;
  ThreadTimers timers;
  Family family;
};

struct Seeded {
  SeededScheduler scheduler{1};
  SchedulerJobs jobs{scheduler, 10};
  Family family{scheduler, scheduler, scheduler.clock(), &jobs};
};

TEST(Spawn, FromATemplateLoadsNothingAgain) {
  Seeded seeded;
  auto common = seeded.family.runtime().prepare(seeded.family.root_request());
  ASSERT_TRUE(common) << common.error().to_string();
  std::filesystem::remove(seeded.family.folder() / "member.wasm");
  auto one = seeded.family.runtime().spawn(*common);
  auto two = seeded.family.runtime().spawn(*common, {.state = to_bytes("kept"), .id = {}});
  ASSERT_TRUE(one && two);
  EXPECT_NE(one->id, two->id);
  EXPECT_EQ(one->component, two->component);
  EXPECT_EQ(seeded.family.loader().loads(), 1);
  EXPECT_EQ(seeded.family.ask(one->id, "id"), one->id.to_string());
  EXPECT_EQ(seeded.family.told(one->id).outline(),
            "genesis instance call returned call host returned");
}

TEST(Spawn, KeepsNobodyWaitingForAnothersCompilation) {
  OnThreads threads(2);
  Family& family = threads.family;
  Runtime& runtime = family.runtime();
  ActorId root = family.add_root();
  family.loader().add("slow",
                      testing::ScriptedComponent(family.loader().components().at("member")));
  Guarded<bool> open(false);
  std::atomic<int> slow_loads = 0;
  family.loader().before_load = [&](std::string_view name) {
    if (name != "slow") return;
    ++slow_loads;
    open.wait([](bool it) { return it; }, [](bool) {});
  };
  // More than there are threads of any kind, and the same component for all.
  constexpr int kSlow = 20;
  static_assert(kSlow > Runtime::kSpawnThreads + Runtime::kCompileThreads);
  std::latch made(kSlow);
  std::atomic<int> good = 0;
  for (int i = 0; i < kSlow; ++i) {
    SpawnRequest request = family.root_request();
    request.component = to_bytes("slow");
    runtime.spawn(std::move(request), [&](const Result<SpawnReport>& report) {
      if (report) ++good;
      made.count_down();
    });
  }
  EXPECT_TRUE(ActorId::parse(family.ask(root, "spawn kept"))) << "its component is ready";
  std::latch other(1);
  runtime.spawn(family.root_request("kept", "[[handler]]\ntype = \"timing\"\n"),
                [&](const Result<SpawnReport>& report) {
                  EXPECT_TRUE(report) << report.error().to_string();
                  other.count_down();
                });
  other.wait();  // It had to be linked with another handler, and so to be loaded.
  open.with([](bool& it) { it = true; });
  open.notify_all();
  made.wait();
  EXPECT_EQ(good.load(), kSlow);
  EXPECT_EQ(slow_loads.load(), 1);
}

TEST(Spawn, TellsWhatATemplateLacksBeforeThereIsAnActor) {
  Seeded seeded;
  SpawnRequest request = seeded.family.root_request();
  request.component = to_bytes("nonsense");
  auto common = seeded.family.runtime().prepare(std::move(request));
  ASSERT_FALSE(common);
  EXPECT_NE(common.error().to_string().find("spawning actor `member`"), std::string::npos);
  EXPECT_TRUE(seeded.family.runtime().actors().empty());
}

TEST(Spawn, ByCallbackAnswersOnceWhateverHappens) {
  Seeded seeded;
  Runtime& runtime = seeded.family.runtime();
  std::vector<std::string> answers;
  auto note = [&](const Result<SpawnReport>& report) {
    answers.push_back(report ? "ok" : report.error().to_string());
  };
  runtime.spawn(seeded.family.root_request(), note);
  runtime.spawn(seeded.family.root_request("fail"), note);
  EXPECT_TRUE(answers.empty()) << "nothing is read in the call";
  seeded.scheduler.run();
  ASSERT_EQ(answers.size(), 2u);
  std::sort(answers.begin(), answers.end());
  EXPECT_EQ(answers[0], "ok");
  EXPECT_EQ(answers[1], "spawning actor `member`: init returned an error: as it was told");
}

TEST(Spawn, ByCallbackIsRefusedPastTheQueue) {
  Seeded seeded;
  int ok = 0;
  int refused = 0;
  for (int i = 0; i < 15; ++i) {
    seeded.family.runtime().spawn(seeded.family.root_request(), [&](const Result<SpawnReport>& r) {
      ++(r ? ok : refused);
      if (r) return;
      EXPECT_EQ(r.error().code(), ErrorCode::kResourceExhausted);
    });
  }
  EXPECT_EQ(refused, 5);
  seeded.scheduler.run();
  EXPECT_EQ(ok, 10);
}

TEST(Spawn, ThatWaitsAtTheEndIsAnswered) {
  Seeded seeded;
  int answers = 0;
  for (int i = 0; i < 5; ++i) {
    seeded.family.runtime().spawn(seeded.family.root_request(), [&](const Result<SpawnReport>& r) {
      EXPECT_FALSE(r);
      ++answers;
    });
  }
  seeded.family.end();
  EXPECT_EQ(answers, 5);
}

TEST(Spawn, KeepsTheLastThatEndedAndForgetsTheRest) {
  Seeded seeded;
  Runtime& runtime = seeded.family.runtime();
  auto common = *runtime.prepare(seeded.family.root_request());
  ActorId parent = seeded.family.add_root();
  ActorId child = *ActorId::parse(seeded.family.ask(parent, "spawn kept"));
  seeded.family.ask(child, "quit now");
  std::vector<ActorId> ids;
  for (size_t i = 0; i <= KnownActors::kEndedMax; ++i) {
    ids.push_back(runtime.spawn(common)->id);
    ASSERT_TRUE(runtime.kill(ids.back()));
    ASSERT_TRUE(runtime.wait_ended(ids.back()));
  }
  EXPECT_EQ(runtime.chain(ids[0]).error().code(), ErrorCode::kNotFound);
  EXPECT_EQ(runtime.status(ids[0]).error().code(), ErrorCode::kNotFound);
  EXPECT_EQ(runtime.wait_ended(ids[0]).error().code(), ErrorCode::kNotFound);
  EXPECT_TRUE(runtime.chain(ids[1]));
  EXPECT_TRUE(runtime.status(ids[1])->ended);
  EXPECT_TRUE(std::holds_alternative<log::EndedKilled>(runtime.wait_ended(ids[1])->how));
  EXPECT_TRUE(runtime.wait_ended(child)) << "roots do not push out children";
  EXPECT_EQ(runtime.actors().size(), KnownActors::kEndedMax + 2);
}

TEST(Spawn, ActorsAreListedInTheOrderOfTheirIds) {
  Seeded seeded;
  Runtime& runtime = seeded.family.runtime();
  auto common = *runtime.prepare(seeded.family.root_request());
  std::vector<ActorId> ids;
  for (size_t i = 0; i < 10; ++i)
    ids.push_back(runtime.spawn(common)->id);
  std::sort(ids.begin(), ids.end());
  EXPECT_EQ(runtime.actors(), ids);
  EXPECT_EQ(runtime.actors_after({}, 3), std::vector(ids.begin(), ids.begin() + 3));
  EXPECT_EQ(runtime.actors_after(ids[6], 100), std::vector(ids.begin() + 7, ids.end()));
  EXPECT_TRUE(runtime.actors_after(ids.back(), 1).empty());
  EXPECT_TRUE(runtime.actors_after({}, 0).empty());
}

TEST(Spawn, RefusesMoreThanTheNodesLimit) {
  KnownActors known(1);
  SeededRandom random(1);
  ActorId first = ActorId::generate(random);
  ASSERT_TRUE(known.reserve(first));
  auto second = known.reserve(ActorId::generate(random));
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code(), ErrorCode::kResourceExhausted);
  EXPECT_NE(second.error().message().find("1 live actors"), std::string::npos);
  known.drop(first);
  EXPECT_TRUE(known.reserve(first));
}

TEST(Spawn, ThousandsAtOnceAreEachThemselves) {
  constexpr size_t kThreads = 8;
  constexpr size_t kEach = 625;
  OnThreads node(4);
  Runtime& runtime = node.family.runtime();
  auto common = *runtime.prepare(node.family.root_request());
  std::latch all(kThreads * kEach);
  Guarded<std::vector<ActorId>> ids;
  std::vector<std::thread> threads;
  for (size_t t = 0; t < kThreads; ++t) {
    threads.emplace_back([&] {
      for (size_t i = 0; i < kEach; ++i) {
        runtime.spawn(common, {}, [&](const Result<SpawnReport>& report) {
          EXPECT_TRUE(report) << report.error().to_string();
          if (report) ids.with([&](auto& list) { list.push_back(report->id); });
          all.count_down();
        });
      }
    });
  }
  for (std::thread& thread : threads)
    thread.join();
  all.wait();
  std::vector<ActorId> spawned = ids.with([](const auto& list) { return list; });
  ASSERT_EQ(spawned.size(), kThreads * kEach);
  EXPECT_EQ(std::set<ActorId>(spawned.begin(), spawned.end()).size(), spawned.size());
  std::latch answered(static_cast<std::ptrdiff_t>(spawned.size()));
  std::atomic<size_t> own{0};
  for (const ActorId& id : spawned) {
    runtime.request(id, as_bytes("id"), [&, id](const Result<Bytes>& answer) {
      if (answer && as_text(*answer) == id.to_string()) ++own;
      answered.count_down();
    });
  }
  answered.wait();
  EXPECT_EQ(own.load(), spawned.size());
  EXPECT_EQ(node.family.loader().loads(), 1);
}

}  // namespace theater::spawn_test
