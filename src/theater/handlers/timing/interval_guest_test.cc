// Intervals behind the wall: the calls that a guest gets, and what is recorded of them.
#include "theater/actor/testing/actor_harness.h"
#include "theater/handlers/runtime/runtime_handler.h"
#include "theater/handlers/timing/timing_handler.h"

#include <gtest/gtest.h>

namespace theater::interval_guest_test {

using namespace testing;
using namespace std::chrono_literals;
using Said = tl::expected<void, std::string>;

constexpr const char* kTiming = "theater:simple/timing";
constexpr const char* kIntervals = "theater:timers/intervals";
constexpr uint64_t kSeeds = 60;

HandlerSet handlers() {
  HandlerSet all;
  all.push_back(std::make_unique<RuntimeHandler>(std::make_unique<MachineFacts>()));
  all.push_back(std::make_unique<TimingHandler>());
  return all;
}

// The function that intervals call.
const ExportFunction& on_tick() {
  return TimingHandler().export_functions().front();
}

Script start_in_init(std::vector<Said>& said, uint64_t every_ms = 100) {
  return [&said, every_ms](Play& play) {
    said.push_back(play.call<Said>(kIntervals, "start-interval", std::string("beat"), every_ms));
    play.finish(play.state());
  };
}

struct Belfry {
  explicit Belfry(uint64_t seed) : scheduler(seed), harness(scheduler, handlers()) {}

  // An actor that starts an interval in `init` and does this at each tick.
  ActorId add(const Script& at_tick) {
    ScriptedComponent component = harness.component(start_in_init(said));
    if (at_tick) component.exports(on_tick(), at_tick);
    ActorHarness::Options options;
    options.permissions.timing = TimingPermissions{{3'600'000}, {1}};
    return harness.add(component, std::move(options));
  }

  SeededScheduler scheduler;
  ActorHarness harness;
  std::vector<Said> said;
};

std::tuple<std::string, uint64_t> params_of(const log::Event& event) {
  const auto& call = std::get<log::Call>(event.body);
  EXPECT_TRUE(std::holds_alternative<log::FromHandler>(call.from));
  return *wit::decode<std::tuple<std::string, uint64_t>>(
      std::get<log::Inline>(call.arguments).value.view());
}

TEST(IntervalGuest, TicksAreCallsByAHandlerUntilTheyAreStopped) {
  for (uint64_t seed = 1; seed <= kSeeds; ++seed) {
    Belfry belfry(seed);
    int ticks = 0;
    ActorId id = belfry.add([&](Play& play) {
      if (++ticks == 3) play.call<Said>(kIntervals, "stop-interval", std::string("beat"));
      play.finish(play.state());
    });
    belfry.scheduler.run();
    EXPECT_TRUE(belfry.said.at(0)) << belfry.said.at(0).error();
    EXPECT_EQ(belfry.harness.outline(id),
              "genesis instance call host returned call returned call returned call host returned");
    EXPECT_EQ(std::get<0>(params_of(belfry.harness.story(id)[5])), "beat");
    EXPECT_EQ(belfry.scheduler.timers(), 0u);
    EXPECT_EQ(belfry.harness.check_chains(), std::nullopt);
  }
}

TEST(IntervalGuest, ASlowActorIsToldWhatItMissed) {
  Belfry belfry(1);
  std::vector<uint64_t> missed;
  ActorId id = belfry.add([&](Play& play) {
    missed.push_back(std::get<1>(play.params<std::string, uint64_t>()));
    if (missed.size() == 2) play.call<Said>(kIntervals, "stop-interval", std::string("beat"));
    play.call_waiting<Said>(
        kTiming, "sleep", [](Play& then, Said) { then.finish({}); }, uint64_t{1050});
  });
  belfry.scheduler.run();
  ASSERT_EQ(missed.size(), 2u);
  EXPECT_EQ(missed[0], 0u);
  EXPECT_NEAR(static_cast<double>(missed[1]), 10, 1);
  EXPECT_EQ(belfry.harness.outline(id),
            "genesis instance call host returned call host returned call host host returned");
  EXPECT_EQ(belfry.harness.check_chains(), std::nullopt);
}

TEST(IntervalGuest, HoweverAnActorEndsItsIntervalsEndWithIt) {
  for (uint64_t seed = 1; seed <= kSeeds; ++seed) {
    Belfry belfry(seed);
    int ticks = 0;
    belfry.add([&](Play& play) {
      if (++ticks == 3) return play.trap(engine::TrapCode::kUnreachable);
      play.finish(play.state());
    });
    Script again = [](Play& play) { play.finish(play.state()); };
    ActorId stopped = belfry.add(again);
    ActorId killed = belfry.add(again);
    belfry.scheduler.run(100);
    belfry.harness.stop(stopped);
    belfry.harness.kill(killed);
    belfry.scheduler.run();
    EXPECT_EQ(ticks, 3);
    EXPECT_EQ(belfry.scheduler.timers(), 0u);
    for (const ActorId& id : {stopped, killed})
      EXPECT_FALSE(belfry.harness.cell(id)->status().is_called_again);
    EXPECT_EQ(belfry.harness.check_chains(), std::nullopt);
  }
}

TEST(IntervalGuest, AnActorIsCalledAgainUntilItStopsItsInterval) {
  Belfry belfry(1);
  std::vector<bool> called_again;
  std::optional<ActorId> id;
  auto look = [&] { called_again.push_back(belfry.harness.cell(*id)->status().is_called_again); };
  id = belfry.add([&](Play& play) {
    look();
    play.call<Said>(kIntervals, "stop-interval", std::string("beat"));
    look();
    play.finish(play.state());
  });
  belfry.scheduler.run();
  EXPECT_EQ(called_again, (std::vector<bool>{true, false}));
}

TEST(IntervalGuest, ATickThatReturnsAnErrorIsNotTheLast) {
  Belfry belfry(1);
  int ticks = 0;
  belfry.add([&](Play& play) {
    if (++ticks < 3) return play.fail("not now");
    play.call<Said>(kIntervals, "stop-interval", std::string("beat"));
    play.finish(play.state());
  });
  belfry.scheduler.run();
  EXPECT_EQ(ticks, 3);
  EXPECT_EQ(belfry.harness.check_chains(), std::nullopt);
}

TEST(IntervalGuest, WhoHasNoHandlerForTicksGetsAnError) {
  Belfry belfry(1);
  belfry.add(nullptr);
  belfry.scheduler.run();
  EXPECT_NE(belfry.said.at(0).error().find("has no function to call"), std::string::npos);
  EXPECT_EQ(belfry.scheduler.timers(), 0u);
}

TEST(IntervalGuest, AThousandActorsHaveATickEach) {
  for (uint64_t seed = 1; seed <= 3; ++seed) {
    Belfry belfry(seed);
    int ticks = 0;
    for (int i = 0; i < 1000; ++i) {
      belfry.add([&](Play& play) {
        ++ticks;
        play.call<Said>(kIntervals, "stop-interval", std::string("beat"));
        play.finish(play.state());
      });
    }
    belfry.scheduler.run();
    EXPECT_EQ(ticks, 1000);
    EXPECT_EQ(belfry.harness.check_chains(), std::nullopt);
  }
}

}  // namespace theater::interval_guest_test
