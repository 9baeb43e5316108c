// What the record says of the use of budgets, and that it is what the budgets have counted.
#include "theater/actor/scheduling/seeded_scheduler.h"
#include "theater/actor/testing/actor_harness.h"
#include "theater/actor/testing/for_seeds.h"
#include "theater/actor/testing/manual_log.h"
#include "theater/actor/testing/probe_scripts.h"
#include "theater/base/random.h"

#include <gtest/gtest.h>

namespace theater::testing::budget_record_test {

using namespace std::chrono_literals;

// Actors with a log.
struct Kept {
  template <class AnyScheduler>
  Kept(AnyScheduler& scheduler, ActorTurns& its_turns)
      : turns(its_turns), harness(scheduler, log) {}
  // No actor may be left that waits for the log.
  ~Kept() {
    log.fail();
    turns.run();
  }

  // Calls `test` with a fresh harness for each seed, and then some times on a pool of workers.
  template <class Test>
  static void for_schedulers(const Test& test) {
    auto once = [&](auto& scheduler, ActorTurns& turns) {
      Kept kept(scheduler, turns);
      test(kept);
      EXPECT_EQ(kept.harness.check_chains(), std::nullopt);
    };
    for (uint64_t seed = 1; seed <= 30 && !::testing::Test::HasFailure(); ++seed) {
      SCOPED_TRACE(seed);
      SeededScheduler scheduler(seed);
      SeededTurns turns(scheduler);
      once(scheduler, turns);
    }
    for (int round = 0; round < kPoolRounds && !::testing::Test::HasFailure(); ++round) {
      SCOPED_TRACE(::testing::Message() << "workers, round " << round);
      PooledTurns turns(kPoolWorkers);
      once(turns, turns);
    }
  }
  // Until nothing moves; everything recorded so far is on disk.
  void settle() {
    do {
      log.commit();
    } while (turns.run(SIZE_MAX) > 0 || log.anybody_waits());
  }

  ManualLog log;
  ActorTurns& turns;
  ActorHarness harness;
};

Manifest with(ManifestBudget budget) {
  Manifest manifest;
  manifest.budget = std::move(budget);
  return manifest;
}

ActorId add(ActorHarness& harness, Script on_request_script, Manifest manifest) {
  auto component = harness.component();
  component.exports(on_request(), std::move(on_request_script));
  return harness.add(component, {.manifest = std::move(manifest)});
}

// The positions of `held` in a chain.
std::vector<uint64_t> held_in(const Story& story) {
  std::vector<uint64_t> found;
  for (const log::Event& event : story) {
    const auto* control = std::get_if<log::Control>(&event.body);
    if (control != nullptr && std::holds_alternative<log::Held>(control->operation))
      found.push_back(event.seq);
  }
  return found;
}

TEST(BudgetRecord, ATenthOfTheTimeIsPutOnRecord) {
  Kept::for_schedulers([](Kept& kept) {
    ActorHarness& harness = kept.harness;
    auto work = [&harness](Play& play) {
      harness.clock().advance(4ms);
      play.finish({}, MaybeAnswer(Bytes()));
    };
    ActorId id = add(harness, work, with({.cpu_ms = 100}));
    kept.settle();
    for (int i = 0; i < 9; ++i) {
      harness.request(id, "work");
      kept.settle();
    }
    // Every third call is the one that reaches 10 ms.
    const Story story = harness.story(id);
    std::vector<uint64_t> held = held_in(story);
    ASSERT_EQ(held.size(), 3u) << harness.outline(id);
    for (uint64_t seq : held)
      EXPECT_TRUE(std::holds_alternative<log::Returned>(story[seq - 1].body));
    BudgetUse use;
    for (const log::Event& event : story)
      ASSERT_TRUE(use.accept(event.seq, event.body));
    EXPECT_EQ(use.used(), harness.cell(id)->holdings().budget().used());
    EXPECT_GE(use.used().cpu_us, 36'000u);
    EXPECT_EQ(harness.check_chains(), std::nullopt);
  });
}

TEST(BudgetRecord, ALostInstanceRecordsItsTime) {
  Kept::for_schedulers([](Kept& kept) {
    ActorHarness& harness = kept.harness;
    auto work = [&harness](Play& play) {
      harness.clock().advance(20ms);
      play.trap(engine::TrapCode::kUnreachable);
    };
    ActorId id = add(harness, work, with({.cpu_ms = 100}));
    kept.settle();
    harness.request(id, "work");
    kept.settle();
    EXPECT_EQ(harness.outline(id), "genesis instance call returned call failed control terminated");
  });
}

TEST(BudgetRecord, WithoutABoundNoTimeIsRecorded) {
  Kept::for_schedulers([](Kept& kept) {
    ActorHarness& harness = kept.harness;
    auto work = [&harness](Play& play) {
      harness.clock().advance(20ms);
      play.finish({}, MaybeAnswer(Bytes()));
    };
    ActorId id = add(harness, work, with({.messages = 1}));
    kept.settle();
    harness.request(id, "work");
    kept.settle();
    EXPECT_EQ(held_in(harness.story(id)), std::vector<uint64_t>());
  });
}

// The counters of the budget are what the record says.
TEST(BudgetRecord, CountsWhatIsOnRecord) {
  for (uint64_t seed = 1; seed <= 30; ++seed) {
    SeededScheduler scheduler(seed);
    ActorHarness harness(scheduler);
    SeededRandom dice(seed);
    auto other = harness.component();
    other.exports(on_message(), [](Play& play) { play.finish({}); });
    ActorId to = harness.add(other);
    auto component = harness.component();
    component.exports(on_message(), [&, to](Play& play) {
      for (int i = 0; i < 4; ++i) {
        std::string target = dice.below(3) == 0 ? std::string("nowhere") : to.to_string();
        switch (dice.below(7)) {
          case 0:
            play.call<std::string>(kDesk, "name");
            break;
          case 1:
            play.call<void>(kDesk, "say", std::string("x"));
            break;
          case 2:
            play.call<Done>(kDesk, "mutter", std::string());
            break;
          case 3:
            play.call<std::optional<std::string>>(kDesk, "secret-maybe");
            break;
          case 4:
            play.call<Done>(kDesk, "hang-up", std::string("ch_x"));
            break;
          default:
            play.call<Done>(kDesk, "send", target, to_bytes("x"));
        }
      }
      play.finish({});
    });
    ActorId id =
        harness.add(component, {.manifest = with({.messages = 20, .host_calls = {{kDesk, 40}}})});
    for (int i = 0; i < 15; ++i) {
      harness.send(id, "go");
      scheduler.run();
      const log::HeldBudget used = harness.cell(id)->holdings().budget().used();
      const Budget& budget = *harness.cell(id)->budget();
      EXPECT_EQ(budget.messages_used(), used.messages);
      uint64_t calls = 0;
      for (const auto& [interface, count] : used.host_calls) {
        if (interface == kDesk) calls = count;
      }
      EXPECT_EQ(budget.host_calls_used(kDesk), calls);
    }
    EXPECT_GT(harness.cell(id)->budget()->messages_used(), 5u);
  }
}

}  // namespace theater::testing::budget_record_test
