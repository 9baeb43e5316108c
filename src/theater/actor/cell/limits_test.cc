// What happens at each limit that the actor keeps itself, and that no other actor feels it.
#include "theater/actor/scheduling/seeded_scheduler.h"
#include "theater/actor/scheduling/worker_pool.h"
#include "theater/actor/testing/actor_harness.h"
#include "theater/actor/testing/for_seeds.h"
#include "theater/actor/testing/manual_log.h"
#include "theater/actor/testing/probe_scripts.h"
#include "theater/base/log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <thread>

namespace theater::testing::limits_test {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

constexpr uint64_t kSeeds = 30;

// Waits for the desk, and then answers.
void wait(Play& play) {
  play.call_waiting<Answered>(
      kDesk, "fetch",
      [](Play& then, Answered answer) { then.finish({}, MaybeAnswer(answer.value_or(Bytes()))); },
      std::string("page"));
}

Manifest with(uint64_t ManifestLimits::* limit, uint64_t value) {
  Manifest manifest;
  manifest.limits.*limit = value;
  return manifest;
}

ActorId add(ActorHarness& harness, Script on_request_script, Manifest manifest) {
  auto component = harness.component();
  component.exports(on_request(), std::move(on_request_script));
  return harness.add(component, {.manifest = std::move(manifest)});
}

void expect_lost_to_time(ActorHarness& harness, const ActorId& id, std::string_view answer) {
  EXPECT_EQ(answer, fmt::format("error: actor {} failed: time-limit: call_wall_ms = 100ms was "
                                "reached in theater:simple/visitors/on-request",
                                id.to_string()));
  const Story story = harness.story(id);
  const auto& failed = std::get<log::Failed>(story.at(story.size() - 2).body);
  EXPECT_TRUE(std::holds_alternative<log::FailedKilled>(failed.why));
  EXPECT_THAT(harness.cell(id)->status().failure, HasSubstr("call_wall_ms = 100ms"));
}

TEST(ActorLimits, ACallThatWaitsTooLongEndsTheIncarnation) {
  for_seeds(kSeeds, [](ActorHarness& harness, SeededScheduler& scheduler) {
    ActorId id = add(harness, wait, with(&ManifestLimits::call_wall_ms, 100));
    ActorId other = add(harness, echo, {});
    scheduler.run();
    auto before = harness.clock().monotonic();
    harness.request(id, "x");
    scheduler.run();
    EXPECT_GE(harness.clock().monotonic() - before, 100ms);
    EXPECT_LT(harness.clock().monotonic() - before, 102ms);
    harness.request(other, "still here");
    scheduler.run();
    expect_lost_to_time(harness, id, harness.answers().at(0));
    EXPECT_EQ(harness.answers().at(1), "ok: still here");
    // Answers that come too late find no call that waits.
    for (auto& reply : harness.desk().take_fetches())
      std::move(reply).answer(to_bytes("late"));
    scheduler.run();
  });
}

TEST(ActorLimits, ACallThatSpinsTooLongEndsTheIncarnation) {
  for_seeds(kSeeds, [](ActorHarness& harness, SeededScheduler& scheduler) {
    ActorId id = add(harness, spin, with(&ManifestLimits::call_wall_ms, 100));
    scheduler.run();
    harness.request(id, "x");
    scheduler.run(200);
    harness.clock().advance(99ms);
    scheduler.run(200);
    EXPECT_TRUE(harness.answers().empty());
    harness.clock().advance(2ms);
    scheduler.run();
    expect_lost_to_time(harness, id, harness.answers().at(0));
  });
}

// The limit counts on when a guest waits again.
TEST(ActorLimits, AllWaitsOfACallCountTogether) {
  SeededScheduler scheduler(7);
  ActorHarness harness(scheduler);
  auto component = harness.component();
  component.exports(on_request(), [](Play& play) {
    play.call_waiting<Answered>(
        kDesk, "fetch", [](Play& then, const Answered&) { wait(then); }, std::string("one"));
  });
  ActorId id = harness.add(component, {.manifest = with(&ManifestLimits::call_wall_ms, 100)});
  harness.request(id, "x");
  scheduler.run_now();
  harness.clock().advance(60ms);
  for (auto& reply : harness.desk().take_fetches())
    std::move(reply).answer(to_bytes("first"));
  scheduler.run_now();
  auto waiting = harness.desk().take_fetches();
  EXPECT_EQ(waiting.size(), 1u);
  harness.clock().advance(41ms);
  scheduler.run_now();
  EXPECT_THAT(harness.answers().at(0), HasSubstr("time-limit"));
}

TEST(ActorLimits, ACallThatEndsInTimeLeavesNoTimer) {
  for_seeds(kSeeds, [](ActorHarness& harness, SeededScheduler& scheduler) {
    ActorId id = add(harness, wait, with(&ManifestLimits::call_wall_ms, 100));
    scheduler.run();
    for (int i = 0; i < 3; ++i) {
      harness.request(id, "x");
      scheduler.run_now();
      EXPECT_EQ(scheduler.timers(), 1u);
      harness.clock().advance(90ms);
      for (auto& reply : harness.desk().take_fetches())
        std::move(reply).answer(to_bytes("page"));
      scheduler.run_now();
      EXPECT_EQ(scheduler.timers(), 0u);
    }
    EXPECT_EQ(harness.answers(), (std::vector<std::string>{"ok: page", "ok: page", "ok: page"}));
  });
}

// The deadline of a request is enough to end the wait.
TEST(ActorLimits, ARequestWithADeadlineNeedsNoSecondTimer) {
  SeededScheduler scheduler(3);
  ActorHarness harness(scheduler);
  harness.desk().set_timeout_ms(50);
  ActorId silent = add(harness, wait, {});
  auto asking = harness.component();
  asking.exports(on_request(), [silent](Play& play) {
    play.call_waiting<Answered>(
        kDesk, "request",
        [](Play& then, const Answered& answer) {
          then.finish({}, MaybeAnswer(to_bytes(answer ? "ok" : answer.error())));
        },
        silent.to_string(), Bytes());
  });
  ActorId asker = harness.add(asking, {.manifest = with(&ManifestLimits::call_wall_ms, 60)});
  scheduler.run_now();
  harness.request(asker, "x");
  scheduler.run_now();
  EXPECT_EQ(scheduler.timers(), 1u);
  harness.clock().advance(51ms);
  scheduler.run_now();
  EXPECT_EQ(harness.answers().at(0), "ok: operation-timeout: no answer within 50 ms");
}

TEST(ActorLimits, ACallThatWaitsTooLongOnThreads) {
  WorkerPool pool(2);
  ActorHarness harness(pool);
  ActorId id = add(harness, wait, with(&ManifestLimits::call_wall_ms, 20));
  ActorId other = add(harness, echo, {});
  harness.request(id, "x");
  while (harness.answers().empty())
    std::this_thread::yield();
  EXPECT_THAT(harness.answers().at(0), HasSubstr("call_wall_ms = 20ms was reached"));
  harness.request(other, "still here");
  while (harness.answers().size() < 2)
    std::this_thread::yield();
  EXPECT_EQ(harness.answers().at(1), "ok: still here");
  pool.stop();
}

TEST(ActorLimits, RequestsBeyondThoseThatMayBeOpenAreRefused) {
  for_schedulers(kSeeds, [](ActorHarness& harness, ActorTurns& turns) {
    auto component = harness.component();
    component.exports(on_request(), [](Play& play) { play.finish({}, MaybeAnswer()); });
    component.exports(on_message(), [](Play& play) {
      auto open = play.call<std::vector<std::string>>(kDesk, "outstanding");
      for (const std::string& id : open)
        play.call<Done>(kDesk, "respond", id, to_bytes("at last"));
      play.finish({});
    });
    ActorId id = harness.add(component, {.manifest = with(&ManifestLimits::open_requests, 2)});
    auto asking = harness.component();
    asking.exports(on_request(), [id](Play& play) {
      play.call_waiting<Answered>(
          kDesk, "request",
          [](Play& then, const Answered& answer) {
            then.finish({}, MaybeAnswer(answer ? *answer : to_bytes(answer.error())));
          },
          id.to_string(), to_bytes("x"));
    });
    ActorId asker = harness.add(asking);
    harness.request(id, "1");
    harness.request(id, "2");
    std::string full = fmt::format(
        "requests-full: actor {} has not answered 2 requests, open_requests = 2; try later",
        id.to_string());
    harness.request(id, "3");
    EXPECT_EQ(harness.answers(), (std::vector<std::string>{"error: " + full}));
    turns.run();
    harness.request(asker, "4");
    turns.run();
    EXPECT_EQ(harness.answers().at(1), "ok: " + full);
    EXPECT_EQ(harness.outline(asker), "genesis instance call returned call sent returned");
    // Answered ones count no more.
    harness.send(id, "answer");
    turns.run();
    EXPECT_EQ(harness.answers().size(), 4u);
    harness.request(id, "5");
    turns.run();
    harness.send(id, "answer");
    turns.run();
    EXPECT_EQ(harness.answers().at(4), "ok: at last");
  });
}

TEST(ActorLimits, AMailboxTakesSoManyBytes) {
  for_schedulers(kSeeds, [](ActorHarness& harness, ActorTurns& turns) {
    auto component = harness.component();
    component.exports(on_message(), spin);
    ActorId id = harness.add(component, {.mailbox = {.messages = 100, .bytes = 2048}});
    turns.run();
    EXPECT_EQ(harness.send(id, std::string(1000, 'x')), "");
    EXPECT_EQ(harness.send(id, std::string(1000, 'x')), "");
    EXPECT_EQ(harness.send(id, std::string(1000, 'x')),
              fmt::format("mailbox-full: 2 messages wait for actor {}, mailbox_messages = 100 and "
                          "mailbox_bytes = 2KiB; try later",
                          id.to_string()));
    harness.kill(id);
    turns.run();
  });
}

// Says a KiB ten times in each call.
void chatter(Play& play) {
  for (int i = 0; i < 10; ++i)
    play.call<void>(kDesk, "say", std::string(1024, 'x'));
  play.finish(play.state());
}

TEST(ActorLimits, AnActorThatRecordsTooMuchWaits) {
  for_seeds(kSeeds, [](ActorHarness& harness, SeededScheduler& scheduler) {
    auto component = harness.component();
    component.exports(on_message(), chatter);
    ActorId id =
        harness.add(component, {.manifest = with(&ManifestLimits::log_bytes_per_second, 4096)});
    ActorId other = add(harness, echo, {});
    scheduler.run();
    auto before = harness.clock().monotonic();
    harness.send(id, "1");
    harness.send(id, "2");
    harness.send(id, "3");
    // At first nothing but the burst, and what one turn adds to it.
    scheduler.run_now();
    EXPECT_EQ(harness.cell(id)->status().calls, 2u);
    harness.request(other, "still here");
    scheduler.run_now();
    EXPECT_EQ(harness.answers().at(0), "ok: still here");
    scheduler.run();
    EXPECT_EQ(harness.cell(id)->status().calls, 4u);
    // Two calls' worth, less a burst, at 4 KiB a second.
    EXPECT_GE(harness.clock().monotonic() - before, 4s);
    EXPECT_LE(harness.clock().monotonic() - before, 8s);
    EXPECT_FALSE(harness.cell(id)->status().ended);
    // One that has nothing to do is idle, whatever it owes.
    harness.send(id, "4");
    harness.send(id, "5");
    bool idle = false;
    harness.cell(id)->when_idle([&] { idle = true; });
    scheduler.run_now();
    EXPECT_FALSE(idle);
    scheduler.run();
    EXPECT_TRUE(idle);
    harness.send(id, "6");
    scheduler.run_now();
    idle = false;
    harness.cell(id)->when_idle([&] { idle = true; });
    scheduler.run_now();
    EXPECT_TRUE(idle);
  });
}

// It waits many times, and the operator reads of it once a minute.
TEST(ActorLimits, AnActorThatWaitsForItsShareOfTheLogIsReported) {
  for_seeds(kSeeds, [](ActorHarness& harness, SeededScheduler& scheduler) {
    auto component = harness.component();
    component.exports(on_message(), chatter);
    ActorId id =
        harness.add(component, {.manifest = with(&ManifestLimits::log_bytes_per_second, 1024)});
    scheduler.run();
    auto before = harness.clock().monotonic();
    ::testing::internal::CaptureStderr();
    for (int i = 0; i < 30; ++i)
      harness.send(id, "x");
    scheduler.run();
    EXPECT_TRUE(flush_log());
    std::string log = ::testing::internal::GetCapturedStderr();
    EXPECT_EQ(harness.cell(id)->status().calls, 31u);
    auto minutes = (harness.clock().monotonic() - before) / 60s;
    EXPECT_GE(minutes, 4);
    auto lines = std::count(log.begin(), log.end(), '\n');
    EXPECT_GE(lines, minutes - 1) << log;
    EXPECT_LE(lines, minutes + 1) << log;
    EXPECT_NE(log.find("`[limits] log_bytes_per_second = 1KiB` allows, 1 waits so far\n"),
              std::string::npos)
        << log;
  });
}

TEST(ActorLimits, AnActorThatWaitsForItsShareOfTheLogCanBeKilled) {
  for_seeds(kSeeds, [](ActorHarness& harness, SeededScheduler& scheduler) {
    auto component = harness.component();
    component.exports(on_message(), [](Play& play) {
      for (int i = 0; i < 100; ++i)
        play.call<void>(kDesk, "say", std::string(1024, 'x'));
      play.yield(chatter);
    });
    ActorId id =
        harness.add(component, {.manifest = with(&ManifestLimits::log_bytes_per_second, 1024)});
    scheduler.run();
    harness.send(id, "x");
    scheduler.run_now();
    EXPECT_EQ(harness.cell(id)->status().phase, Phase::kProcessing);
    EXPECT_GE(scheduler.timers(), 1u);
    harness.kill(id);
    scheduler.run_now();
    EXPECT_TRUE(harness.cell(id)->status().ended);
    EXPECT_EQ(scheduler.timers(), 0u);
  });
}

// Below the floor a guest may not fill the disk, and may do all else.
TEST(ActorDisk, ACallThatWritesIsRefusedWhileThereIsLittleRoom) {
  for_seeds(kSeeds, [](ActorHarness& harness, SeededScheduler& scheduler) {
    DiskSpace space{uint64_t{1} << 40, uint64_t{200} << 20, 0, 0};
    harness.watch_disk([&space] { return space; });
    ActorId id =
        add(harness,
            [](Play& play) {
              play.call<void>(kDesk, "say", std::string("x"));
              play.call_waiting<Answered>(
                  kDesk, "stamp",
                  [](Play& then, Answered answer) {
                    then.finish({}, MaybeAnswer(answer ? *answer : to_bytes(answer.error())));
                  },
                  std::string("ok"));
            },
            {});
    scheduler.run();
    harness.request(id, "1");
    scheduler.run();
    EXPECT_EQ(harness.answers().at(0),
              "ok: disk-full: the file system of the node's home has 209715200 bytes free, less "
              "than min-free-bytes = 256MiB: make room there, or set another min-free-bytes in the "
              "operator's policy");
    space.free_bytes = uint64_t{300} << 20;
    harness.clock().advance(2s);
    harness.request(id, "2");
    scheduler.run();
    harness.request(id, "3");
    scheduler.run();
    EXPECT_EQ(harness.answers().at(2), "ok: ok");
    EXPECT_EQ(harness.check_chains(), std::nullopt);
  });
}

// Below half of the floor no guest of an actor with a log runs. All resume when there is room.
TEST(ActorDisk, AnActorWithALogWaitsForRoomAndOneWithoutDoesNot) {
  for (uint64_t seed = 1; seed <= 30; ++seed) {
    SeededScheduler scheduler(seed);
    ManualLog log;
    ActorHarness harness(scheduler, log);
    DiskSpace space{uint64_t{1} << 40, 1, 0, 0};
    harness.watch_disk([&space] { return space; });
    Manifest memory;
    memory.log.durability = Durability::kMemory;
    Manifest async;
    async.log.durability = Durability::kAsync;
    ActorId kept = add(harness, echo, async);
    ActorId loose = add(harness, echo, memory);
    ActorId stopped = add(harness, echo, async);
    scheduler.run_now();
    harness.stop(stopped);
    scheduler.run_now();
    EXPECT_TRUE(harness.cell(stopped)->status().ended) << "an end needs no room";
    harness.request(loose, "at once");
    scheduler.run_now();
    EXPECT_EQ(harness.answers(), std::vector<std::string>{"ok: at once"});
    EXPECT_EQ(harness.outline(kept), "genesis");
    space.free_bytes = uint64_t{1} << 39;
    scheduler.run();
    harness.request(kept, "later");
    scheduler.run();
    EXPECT_EQ(harness.answers().back(), "ok: later");
    log.fail();
    scheduler.run();
  }
}

Manifest with(ManifestBudget budget) {
  Manifest manifest;
  manifest.budget = std::move(budget);
  return manifest;
}

TEST(ActorBudget, WhatIsUsedUpIsRefusedAndRecorded) {
  for_schedulers(kSeeds, [](ActorHarness& harness, ActorTurns& turns) {
    auto other = harness.component();
    other.exports(on_message(), [](Play& play) { play.finish({}); });
    ActorId to = harness.add(other);
    auto component = harness.component();
    component.exports(on_request(), [to](Play& play) {
      std::string results;
      for (int i = 0; i < 3; ++i) {
        auto done = play.call<Done>(kDesk, "send", to.to_string(), to_bytes("x"));
        results += done ? "ok " : done.error();
      }
      play.finish({}, MaybeAnswer(to_bytes(results)));
    });
    ActorId id = harness.add(component, {.manifest = with({.messages = 2})});
    harness.request(id, "go");
    turns.run();
    EXPECT_EQ(
        harness.answers().at(0),
        fmt::format("ok: ok ok budget-spent: budget.messages = 2 of actor {} is used up, by it "
                    "and its descendants",
                    id.to_string()));
    EXPECT_EQ(harness.outline(id),
              "genesis instance call returned call sent sent refused returned");
    const Story story = harness.story(id);
    const auto& refused = std::get<log::Refused>(story.at(7).body);
    EXPECT_EQ(std::get<log::RefusedLimit>(refused.why).value, "budget.messages");
  });
}

TEST(ActorBudget, CallsOfAnInterfaceAreCounted) {
  SeededScheduler scheduler(5);
  ActorHarness harness(scheduler);
  ActorId id = add(
      harness,
      [](Play& play) {
        auto first = play.call<Done>(kDesk, "mutter", std::string("one"));
        auto second = play.call<Done>(kDesk, "mutter", std::string("two"));
        play.finish({}, MaybeAnswer(to_bytes(first && !second ? second.error() : "wrong")));
      },
      with({.host_calls = {{kDesk, 1}}}));
  harness.request(id, "go");
  scheduler.run();
  EXPECT_THAT(harness.answers().at(0),
              HasSubstr("budget.host_calls.theater:simple/desk = 1 of actor"));
  EXPECT_EQ(harness.check_chains(), std::nullopt);
}

TEST(ActorBudget, TimeThatIsUsedUpEndsWhoeverRuns) {
  for_seeds(kSeeds, [](ActorHarness& harness, SeededScheduler& scheduler) {
    auto work = [&harness](Play& play) {
      harness.clock().advance(6ms);
      play.yield([](Play& then) { then.finish({}, MaybeAnswer(Bytes())); });
    };
    ActorId id = add(harness, work, with({.cpu_ms = 10}));
    scheduler.run();
    harness.request(id, "first");
    scheduler.run();
    harness.request(id, "second");
    scheduler.run();
    EXPECT_EQ(harness.answers().at(0), "ok: ");
    EXPECT_EQ(harness.answers().at(1),
              fmt::format(
                  "error: actor {0} failed: cpu-limit: budget-spent: budget.cpu_ms = 10ms of actor "
                  "{0} is used up, by it and its descendants",
                  id.to_string()));
    const Story story = harness.story(id);
    const auto& failed = std::get<log::Failed>(story.at(story.size() - 2).body);
    EXPECT_EQ(std::get<log::FailedLimit>(failed.why).value, log::LimitCode::kCpu);
  });
}

}  // namespace theater::testing::limits_test
