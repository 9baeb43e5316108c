// Intervals that outlive an instance: what is held of them, and how a session restores it.
#include "theater/actor/testing/actor_harness.h"
#include "theater/handlers/runtime/runtime_handler.h"
#include "theater/handlers/testing/handler_fixture.h"
#include "theater/handlers/timing/interval_holdings.h"
#include "theater/handlers/timing/timing_handler.h"
#include "theater/log/testing/log_wit.h"
#include "theater/wit/print.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace theater::interval_restore_test {

using namespace testing;
using namespace std::chrono_literals;
using Said = tl::expected<void, std::string>;

constexpr const char* kIntervals = "theater:timers/intervals";

Bytes held_of(const std::vector<HeldInterval>& intervals) {
  return wit::encode(intervals);
}

struct IntervalHoldingsTest : ::testing::Test {
  void start(const std::string& name, uint64_t every) {
    Bytes arguments;
    wit::encode_params(arguments, name, every);
    holdings.take("start-interval", arguments, {});
  }
  void stop(const std::string& name) {
    Bytes arguments;
    wit::encode_params(arguments, name);
    holdings.take("stop-interval", arguments, {});
  }

  IntervalHoldings holdings;
};

TEST(HeldInterval, IsTheRecordOfTheInterface) {
  EXPECT_EQ(wit::to_wit(wit::type_of<HeldInterval>()), log::record_in_log_wit("interval"));
}

TEST_F(IntervalHoldingsTest, RefuseBytesThatAreNoIntervals) {
  EXPECT_EQ(holdings.begin(Bytes{1, 2}).error().code(), ErrorCode::kInvalidArgument);
  for (const auto& intervals : std::vector<std::vector<HeldInterval>>{
           {{"b", 1}, {"a", 1}}, {{"a", 1}, {"a", 2}}, {{"", 1}}, {{"a", 0}}}) {
    EXPECT_EQ(holdings.begin(held_of(intervals)).error().code(), ErrorCode::kInvalidArgument);
  }
  EXPECT_EQ(holdings.held(), std::nullopt);
}

TEST_F(IntervalHoldingsTest, AreTheIntervalsThatWereNotStopped) {
  EXPECT_EQ(holdings.held(), std::nullopt);
  start("b", 20);
  start("a", 10);
  EXPECT_EQ(holdings.held(), held_of({{"a", 10}, {"b", 20}}));
  stop("b");
  start("b", 30);
  stop("a");
  EXPECT_EQ(holdings.held(), held_of({{"b", 30}}));
  IntervalHoldings other;
  ASSERT_TRUE(other.begin(*holdings.held()));
  EXPECT_EQ(other.held(), holdings.held());
  stop("b");
  EXPECT_EQ(holdings.held(), std::nullopt);
}

struct RestoreTest : ::testing::Test, HandlerFixture {
  RestoreTest() : HandlerFixture(std::make_unique<TimingHandler>()) {
    permissions.timing = TimingPermissions{{1000}, {10}};
  }
  void pass(std::chrono::microseconds time) {
    bool reached = false;
    scheduler.after(time, [&] { reached = true; });
    while (!reached)
      scheduler.step();
  }
  std::vector<std::string> ticked() const {
    std::vector<std::string> names;
    for (const FakeCalls::Call& made : actor.calls->made) {
      auto [name, missed] = *wit::decode<std::tuple<std::string, uint64_t>>(made.params);
      EXPECT_EQ(missed, 0u);
      names.push_back(name);
    }
    return names;
  }
  using Names = std::vector<std::string>;
};

TEST_F(RestoreTest, AnIntervalBeginsAgainWithAFullPeriod) {
  clock.advance(12345us);
  session().restore(held_of({{"a", 100}, {"b", 150}}));
  pass(99ms);
  EXPECT_EQ(ticked(), Names());
  pass(2ms);
  EXPECT_EQ(ticked(), Names{"a"});
  pass(50ms);
  EXPECT_EQ(ticked(), (Names{"a", "b"}));
  EXPECT_FALSE(call<Said>("start-interval", std::string("a"), uint64_t{100}));
  EXPECT_TRUE(call<Said>("stop-interval", std::string("a")));
}

TEST_F(RestoreTest, SixteenAreRestored) {
  std::vector<HeldInterval> all;
  for (char name = 'a'; name < 'a' + 16; ++name)
    all.push_back({std::string(1, name), 100});
  session().restore(held_of(all));
  EXPECT_EQ(scheduler.timers(), 16u);
  EXPECT_FALSE(call<Said>("start-interval", std::string("z"), uint64_t{100}));
}

TEST_F(RestoreTest, WhatIsNotAllowedAnyMoreIsLeftOut) {
  session().restore(held_of({{"long", 1001}, {"short", 9}, {"within", 10}}));
  EXPECT_EQ(scheduler.timers(), 1u);
  EXPECT_TRUE(call<Said>("stop-interval", std::string("within")));
}

TEST_F(RestoreTest, WithoutAFunctionToCallNothingIsRestored) {
  ExportFunction other = export_function<void()>("theater:test/x", "other");
  actor.calls->exported = &other;
  session().restore(held_of({{"a", 100}}));
  EXPECT_EQ(scheduler.timers(), 0u);
}

// An actor that starts and stops intervals at random: what the record says is what runs.
TEST(IntervalRecord, HasWhatTheActorHolds) {
  for (uint64_t seed = 1; seed <= 40; ++seed) {
    SeededRandom dice(seed);
    SeededScheduler scheduler(seed);
    HandlerSet handlers;
    handlers.push_back(std::make_unique<RuntimeHandler>(std::make_unique<MachineFacts>()));
    handlers.push_back(std::make_unique<TimingHandler>());
    ActorHarness harness(scheduler, std::move(handlers));
    std::map<std::string, uint64_t> running;
    auto change = [&](Play& play) {
      for (int i = 0; i < 3; ++i) {
        std::string name(1, static_cast<char>('a' + dice.below(20)));
        uint64_t every = 50 + dice.below(100);
        if (dice.below(3) == 0) {
          if (play.call<Said>(kIntervals, "stop-interval", name)) running.erase(name);
        } else if (play.call<Said>(kIntervals, "start-interval", name, every)) {
          running[name] = every;
        }
      }
      play.finish(play.state());
    };
    ScriptedComponent component = harness.component(change);
    component.exports(TimingHandler().export_functions().front(), change);
    ActorHarness::Options options;
    options.permissions.timing = TimingPermissions{{1000}, {1}};
    ActorId id = harness.add(component, std::move(options));
    scheduler.run(500 + dice.below(500));
    scheduler.run_now();

    const ActorHoldings& live = harness.cell(id)->holdings();
    ActorHoldings folded(*harness.cell(id)->common()->binding);
    folded.budget().leave_log_out();
    for (const log::Event& event : harness.story(id)) {
      ASSERT_TRUE(folded.accept(event.seq, event.body));
      if (const auto* host = std::get_if<log::Host>(&event.body)) {
        folded.take_call(host->function, log::inline_bytes(host->arguments)->view(),
                         log::inline_bytes(host->result)->view());
      }
    }
    EXPECT_EQ(folded.held(), live.held()) << seed;
    std::vector<HeldInterval> expected;
    for (const auto& [name, every] : running)
      expected.push_back({name, every});
    std::optional<Bytes> held;
    for (const auto& [name, part] : live.held().value) {
      if (name == "timing") held = to_bytes(log::inline_bytes(part)->view());
    }
    EXPECT_EQ(held.value_or(held_of({})), held_of(expected)) << seed;
    harness.kill(id);
    scheduler.run_now();
  }
}

}  // namespace theater::interval_restore_test
