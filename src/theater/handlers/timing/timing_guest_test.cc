// Waiting behind the wall: how a guest waits, what ends it, and what is recorded of it.
#include "theater/actor/testing/actor_harness.h"
#include "theater/handlers/runtime/runtime_handler.h"
#include "theater/handlers/timing/timing_handler.h"

#include <gtest/gtest.h>

namespace theater::timing_guest_test {

using namespace testing;
using namespace std::chrono_literals;
using Said = tl::expected<void, std::string>;

constexpr const char* kTiming = "theater:simple/timing";
constexpr uint64_t kSeeds = 60;

// A handler that calls one function of its actors, by which this test wakes them.
class Bell final : public Handler {
 public:
  Bell() : Handler({.name = "bell", .export_functions = {&rung(), 1}}) {}

  static const ExportFunction& rung() {
    static const ExportFunction function =
        export_function<void()>("theater:simple/bell", "handle-ring");
    return function;
  }

  Result<std::unique_ptr<Session>> make_session(const SessionContext&) const override {
    return std::make_unique<Session>();
  }
};

HandlerSet handlers() {
  HandlerSet all;
  all.push_back(std::make_unique<Bell>());
  all.push_back(std::make_unique<RuntimeHandler>(std::make_unique<MachineFacts>()));
  all.push_back(std::make_unique<TimingHandler>());
  return all;
}

// Waits for so long, and keeps what it was told as its state.
Script wait_by(const char* function, uint64_t argument) {
  return [function, argument](Play& play) {
    play.call_waiting<Said>(
        kTiming, function,
        [](Play& then, Said said) { then.finish(to_bytes(said ? "rested" : said.error())); },
        argument);
  };
}

struct Dormitory {
  explicit Dormitory(uint64_t seed) : scheduler(seed), harness(scheduler, handlers()) {}

  ActorId add(const Script& script, bool allowed = true, uint64_t call_wall_ms = 24 * 3'600'000) {
    ScriptedComponent component = harness.component();
    component.exports(Bell::rung(), script);
    ActorHarness::Options options;
    options.permissions.timing = TimingPermissions{{3'600'000}, {1}};
    if (!allowed) options.permissions.timing.reset();
    options.manifest.limits.call_wall_ms = call_wall_ms;
    ActorId id = harness.add(component, std::move(options));
    scheduler.run();
    return id;
  }
  void nap(const ActorId& id) { EXPECT_EQ(harness.deliver(id, Bell::rung(), {}), ""); }
  std::string state(const ActorId& id) const {
    return std::string(as_text(harness.state(id).value_or(Bytes())));
  }
  uint64_t now_ms() { return harness.clock().wall_us() / 1000; }

  SeededScheduler scheduler;
  ActorHarness harness;
};

TEST(TimingGuest, ASleepEndsWhenItsTimeHasPassed) {
  for (uint64_t seed = 1; seed <= kSeeds; ++seed) {
    Dormitory all(seed);
    ActorId id = all.add(wait_by("sleep", 5000));
    uint64_t began = all.now_ms();
    all.nap(id);
    all.scheduler.run();
    EXPECT_EQ(all.state(id), "rested");
    EXPECT_GE(all.now_ms() - began, 5000u);
    EXPECT_EQ(all.harness.outline(id), "genesis instance call returned call host returned");
    EXPECT_EQ(all.harness.check_chains(), std::nullopt);
  }
}

TEST(TimingGuest, WhoSleepsTakesNoOtherCall) {
  Dormitory all(1);
  ActorId id = all.add(wait_by("sleep", 5000));
  all.nap(id);
  all.nap(id);
  all.scheduler.run();
  EXPECT_EQ(all.harness.outline(id),
            "genesis instance call returned call host returned call host returned");
  EXPECT_EQ(all.harness.check_chains(), std::nullopt);
}

TEST(TimingGuest, ADeadlineIsWaitedForAndOneThatIsPastIsNot) {
  Dormitory all(1);
  uint64_t past = all.now_ms() - 1;
  ActorId late = all.add(wait_by("deadline", past));
  ActorId early = all.add(wait_by("deadline", all.now_ms() + 600'000));
  all.nap(late);
  all.nap(early);
  all.scheduler.run_now();
  EXPECT_EQ(all.state(late), "rested");
  EXPECT_EQ(all.state(early), "");
  uint64_t began = all.now_ms();
  all.scheduler.run();
  EXPECT_EQ(all.state(early), "rested");
  EXPECT_GE(all.now_ms() - began, 600'000u);
  EXPECT_EQ(all.harness.check_chains(), std::nullopt);
}

TEST(TimingGuest, WhatIsNotAllowedIsRefusedOnRecord) {
  Dormitory all(1);
  ActorId stranger = all.add(wait_by("sleep", 10), false);
  ActorId greedy = all.add(wait_by("sleep", 3'600'001));
  all.nap(stranger);
  all.nap(greedy);
  all.scheduler.run();
  EXPECT_EQ(all.state(stranger),
            "Permission denied: timing (the manifest does not ask for it: add a [[handler]] entry "
            "{ type = \"timing\" })");
  EXPECT_EQ(all.state(greedy),
            "Permission denied: timing:max-sleep=3600001ms (a sleep of 3600001 ms, "
            "max_sleep_duration is 3600000 ms; the manifest does not ask for it: add a [[handler]] "
            "entry { type = \"timing\", max_sleep_duration = \"3600001ms\" })");
  EXPECT_EQ(all.harness.outline(greedy), "genesis instance call returned call refused returned");
  EXPECT_EQ(all.scheduler.timers(), 0u);
  EXPECT_EQ(all.harness.check_chains(), std::nullopt);
}

TEST(TimingGuest, AStopWaitsForTheSleepAndAKillDoesNot) {
  for (uint64_t seed = 1; seed <= kSeeds; ++seed) {
    Dormitory all(seed);
    ActorId stopped = all.add(wait_by("sleep", 500'000));
    ActorId killed = all.add(wait_by("sleep", 500'000));
    all.nap(stopped);
    all.nap(killed);
    all.scheduler.run_now();
    all.harness.stop(stopped);
    all.harness.kill(killed);
    all.scheduler.run_now();
    EXPECT_EQ(all.harness.outline(killed),
              "genesis instance call returned call control failed terminated");
    EXPECT_EQ(all.harness.outline(stopped), "genesis instance call returned call control");
    all.scheduler.run();
    EXPECT_EQ(all.harness.outline(stopped),
              "genesis instance call returned call control host returned terminated");
    EXPECT_EQ(all.state(stopped), "rested");
    EXPECT_EQ(all.scheduler.timers(), 0u);
    EXPECT_EQ(all.harness.check_chains(), std::nullopt);
  }
}

TEST(TimingGuest, AKilledSleeperLeavesNoTimer) {
  Dormitory all(1);
  ActorId id = all.add(wait_by("sleep", 500'000));
  all.nap(id);
  all.scheduler.run_now();
  EXPECT_GT(all.scheduler.timers(), 0u);
  all.harness.kill(id);
  all.scheduler.run_now();
  EXPECT_EQ(all.scheduler.timers(), 0u);
}

TEST(TimingGuest, ASleepThatIsLongerThanACallMayTakeEndsTheInstance) {
  for (uint64_t seed = 1; seed <= kSeeds; ++seed) {
    Dormitory all(seed);
    ActorId id = all.add(wait_by("sleep", 500'000), true, 10'000);
    all.nap(id);
    all.scheduler.run();
    EXPECT_EQ(all.harness.outline(id),
              "genesis instance call returned call control failed terminated");
    EXPECT_EQ(all.scheduler.timers(), 0u);
    EXPECT_EQ(all.harness.check_chains(), std::nullopt);
  }
}

TEST(TimingGuest, AThousandSleepAtOnce) {
  for (uint64_t seed = 1; seed <= 5; ++seed) {
    Dormitory all(seed);
    std::vector<ActorId> ids;
    for (uint64_t i = 0; i < 1000; ++i)
      ids.push_back(all.add(wait_by("sleep", 10'000 + i)));
    for (const ActorId& id : ids)
      all.nap(id);
    all.scheduler.run();
    for (const ActorId& id : ids)
      EXPECT_EQ(all.state(id), "rested");
    EXPECT_EQ(all.harness.check_chains(), std::nullopt);
  }
}

}  // namespace theater::timing_guest_test
