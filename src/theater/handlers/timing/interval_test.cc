#include "theater/handlers/timing/interval.h"

#include "theater/actor/scheduling/seeded_scheduler.h"
#include "theater/handlers/testing/handler_fixture.h"

#include <gtest/gtest.h>

namespace theater::interval_test {

using namespace std::chrono_literals;
using testing::FakeCalls;

struct IntervalTest : ::testing::Test {
  // An interval whose tick is not over holds on to them.
  ~IntervalTest() override { calls->made.clear(); }

  std::shared_ptr<Interval> start(uint64_t period_ms) {
    return Interval::start({scheduler, scheduler.clock(), calls, tick, "beat",
                            std::chrono::duration<uint64_t, std::milli>(period_ms)});
  }
  void pass(std::chrono::microseconds time) {
    bool reached = false;
    // Made now, it is behind what is due at the same time.
    scheduler.after(time, [&] { reached = true; });
    while (!reached)
      scheduler.step();
  }
  // The number of missed ticks that came with each.
  std::vector<uint64_t> told() const {
    std::vector<uint64_t> all;
    for (const FakeCalls::Call& call : calls->made) {
      EXPECT_EQ(call.function, &tick);
      auto params = *wit::decode<std::tuple<std::string, uint64_t>>(call.params);
      EXPECT_EQ(std::get<0>(params), "beat");
      all.push_back(std::get<1>(params));
    }
    return all;
  }
  void last_is_over() { calls->made.back().answered({}); }

  using Told = std::vector<uint64_t>;

  SeededScheduler scheduler{1};
  ExportFunction tick = export_function<void(std::string, uint64_t)>("theater:test/x", "tick");
  std::shared_ptr<FakeCalls> calls = std::make_shared<FakeCalls>();
};

TEST_F(IntervalTest, TicksComeOnceAPeriod) {
  auto interval = start(100);
  pass(99ms);
  EXPECT_EQ(told(), Told());
  pass(1001us);
  EXPECT_EQ(told(), Told({0}));
  last_is_over();
  pass(100ms);
  EXPECT_EQ(told(), Told({0, 0}));
  interval->stop();
}

TEST_F(IntervalTest, ASourceOfCallsIsThereUntilItIsStopped) {
  auto interval = start(100);
  EXPECT_EQ(calls->sources, 1);
  pass(150ms);
  EXPECT_EQ(calls->sources, 1);
  interval->stop();
  EXPECT_EQ(calls->sources, 0) << "although a tick is with the actor";
}

TEST_F(IntervalTest, TimesDoNotDrift) {
  auto interval = start(100);
  for (size_t i = 1; i <= 50; ++i) {
    pass(70ms);
    // Each tick is handled for a while.
    while (calls->made.size() < i)
      pass(1ms);
    last_is_over();
  }
  EXPECT_NEAR(static_cast<double>((scheduler.clock().monotonic() / 1ms) % 100), 0, 2);
  interval->stop();
}

TEST_F(IntervalTest, WhileATickWaitsThereIsNoOtherAndTheNextTellsOfThem) {
  auto interval = start(100);
  pass(650ms);
  EXPECT_EQ(told(), Told({0}));
  EXPECT_EQ(scheduler.timers(), 0u) << "a tick that waits costs nothing";
  last_is_over();
  pass(40ms);
  EXPECT_EQ(told(), Told({0})) << "what was missed is not made up for";
  pass(11ms);
  EXPECT_EQ(told(), Told({0, 5}));
  last_is_over();
  pass(100ms);
  EXPECT_EQ(told(), Told({0, 5, 0}));
  interval->stop();
}

TEST_F(IntervalTest, ATimerThatComesLateHasMissedSome) {
  auto interval = start(100);
  scheduler.clock().advance(350ms);
  pass(0ms);
  EXPECT_EQ(told(), Told({2}));
  interval->stop();
}

TEST_F(IntervalTest, AFullMailboxIsTriedAgainLater) {
  auto interval = start(1);
  calls->refusal = "mailbox-full";
  pass(50ms);
  size_t timers = scheduler.timers();
  EXPECT_EQ(timers, 1u);
  calls->refusal.reset();
  pass(40ms);
  EXPECT_EQ(told(), Told()) << "it is not tried every millisecond";
  pass(20ms);
  ASSERT_EQ(told().size(), 1u);
  EXPECT_NEAR(static_cast<double>(told()[0]), 100, 2);
  interval->stop();
}

TEST_F(IntervalTest, WhatIsStoppedHasNoTimer) {
  auto interval = start(100);
  interval->stop();
  EXPECT_EQ(scheduler.timers(), 0u);
  auto other = start(100);
  pass(101ms);
  other->stop();
  last_is_over();
  EXPECT_EQ(scheduler.timers(), 0u);
  pass(1s);
  EXPECT_EQ(told(), Told({0}));
}

TEST_F(IntervalTest, APeriodMayBeLongerThanATimer) {
  auto interval = start(uint64_t{2} * 365 * 24 * 3'600'000);
  pass(Timers::kDelayMax);
  pass(Timers::kDelayMax - 1ms);
  EXPECT_EQ(told(), Told());
  pass(2ms);
  EXPECT_EQ(told(), Told({0}));
  interval->stop();
}

TEST_F(IntervalTest, TheLongestPeriodIsNoShortOne) {
  auto interval = start(UINT64_MAX);
  for (int i = 0; i < 10; ++i)
    pass(Timers::kDelayMax);
  EXPECT_EQ(told(), Told());
  interval->stop();
}

}  // namespace theater::interval_test
