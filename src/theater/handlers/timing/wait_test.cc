#include "theater/handlers/timing/wait.h"

#include "theater/actor/scheduling/seeded_scheduler.h"
#include "theater/actor/scheduling/thread_timers.h"

#include <gtest/gtest.h>

#include <future>
#include <optional>

namespace theater::wait_test {

using std::chrono::microseconds;
using Milliseconds = Wait::Milliseconds;
using Answer = tl::expected<void, std::string>;
using namespace std::chrono_literals;

// Keeps the answer of one reply.
struct Sink final : ReplySink {
  void answered(CallAnswer answer) override {
    EXPECT_FALSE(over) << "answered twice";
    over = true;
    if (answer.result) result = *wit::decode<Answer>(*answer.result);
  }
  bool over = false;
  std::optional<Answer> result;  // None if the reply was dropped.
};

// The scheduler's clock, whose wall time can be set.
struct SettableClock final : Clock {
  explicit SettableClock(const ManualClock& real) : base(real) {}
  uint64_t wall_us() const override { return base.wall_us() + static_cast<uint64_t>(off.count()); }
  std::chrono::nanoseconds monotonic() const override { return base.monotonic(); }
  uint64_t ms() const { return wall_us() / 1000; }

  const ManualClock& base;
  microseconds off{0};
};

struct WaitTest : ::testing::Test {
  WaitReply reply() { return WaitReply(RawResponder(sink, 1)); }
  std::shared_ptr<Wait> sleep(uint64_t ms) {
    return Wait::sleep(scheduler, clock, Milliseconds(ms), reply());
  }
  std::shared_ptr<Wait> until(uint64_t timestamp, uint64_t most = 3'600'000) {
    return Wait::until(scheduler, clock, Milliseconds(timestamp), Milliseconds(most), reply());
  }
  // Steps until so much of the scheduler's time has passed.
  void pass(microseconds time) {
    for (; time > Timers::kDelayMax; time -= Timers::kDelayMax)
      pass(Timers::kDelayMax);
    auto end = scheduler.clock().monotonic() + time;
    bool reached = false;
    scheduler.after(time, [&] { reached = true; });
    while (!reached)
      scheduler.step();
    EXPECT_EQ(scheduler.clock().monotonic(), end);
  }

  SeededScheduler scheduler{1};
  SettableClock clock{scheduler.clock()};
  std::shared_ptr<Sink> sink = std::make_shared<Sink>();
};

TEST_F(WaitTest, ASleepIsOverWhenItsTimeHasPassed) {
  std::weak_ptr<Wait> wait = sleep(5000);
  pass(4999ms);
  EXPECT_FALSE(sink->over);
  pass(1ms);
  EXPECT_TRUE(sink->result && *sink->result);
  EXPECT_TRUE(wait.expired());
  EXPECT_EQ(scheduler.timers(), 0u);
}

TEST_F(WaitTest, ASleepOfNoTimeIsOverAtOnce) {
  sleep(0);
  EXPECT_TRUE(sink->result && *sink->result);
}

TEST_F(WaitTest, ASleepDoesNotCareForTheWallClock) {
  sleep(5000);
  clock.off += 24h;
  pass(4999ms);
  EXPECT_FALSE(sink->over);
  clock.off -= 48h;
  pass(1ms);
  EXPECT_TRUE(sink->over);
}

TEST_F(WaitTest, ASleepMayBeLongerThanATimer) {
  sleep(uint64_t{3} * 365 * 24 * 3'600'000);
  pass(3 * Timers::kDelayMax - 1ms);
  EXPECT_FALSE(sink->over);
  pass(1ms);
  EXPECT_TRUE(sink->over);
}

TEST_F(WaitTest, TheLongestSleepIsNoShortOne) {
  auto wait = sleep(UINT64_MAX);
  pass(10 * Timers::kDelayMax);
  EXPECT_FALSE(sink->over);
  wait->cancel();
}

TEST_F(WaitTest, ADeadlineIsOverWhenTheClockShowsIt) {
  until(clock.ms() + 150'000);
  pass(149'999ms);
  EXPECT_FALSE(sink->over);
  pass(1ms);
  EXPECT_TRUE(sink->result && *sink->result);
  EXPECT_EQ(scheduler.timers(), 0u);
}

TEST_F(WaitTest, ADeadlineThatIsPastIsOverAtOnce) {
  until(clock.ms());
  EXPECT_TRUE(sink->result && *sink->result);
  sink = std::make_shared<Sink>();
  until(0);
  EXPECT_TRUE(sink->result && *sink->result);
  EXPECT_EQ(scheduler.timers(), 0u);
}

TEST_F(WaitTest, AClockThatIsSetForwardEndsADeadlineAtTheNextLook) {
  until(clock.ms() + 3'000'000);
  pass(30s);
  clock.off += 1h;
  pass(29'999ms);
  EXPECT_FALSE(sink->over);
  pass(1ms);
  EXPECT_TRUE(sink->result && *sink->result);
}

TEST_F(WaitTest, AClockThatIsSetBackKeepsADeadlineAway) {
  until(clock.ms() + 100'000);
  pass(50s);
  clock.off -= 200s;
  pass(249'999ms);
  EXPECT_FALSE(sink->over);
  pass(1ms);
  EXPECT_TRUE(sink->result && *sink->result);
}

TEST_F(WaitTest, ButNotForLongerThanTheActorMayWait) {
  uint64_t deadline = clock.ms() + 100'000;
  until(deadline, 120'000);
  clock.off -= 1h;
  pass(119'999ms);
  EXPECT_FALSE(sink->over);
  pass(1ms);
  ASSERT_TRUE(sink->result);
  EXPECT_EQ(sink->result->error(),
            fmt::format("the clock was set back during the wait: after 120000 ms, which is as long "
                        "as this actor may wait, the deadline {} is still 3580000 ms away",
                        deadline));
  EXPECT_EQ(scheduler.timers(), 0u);
}

TEST_F(WaitTest, ADeadlineAtTheEndOfTimeIsFarAway) {
  auto wait = until(UINT64_MAX, UINT64_MAX);
  pass(24h);
  EXPECT_FALSE(sink->over);
  wait->cancel();
}

TEST_F(WaitTest, WhatIsCancelledHasNoAnswerAndNoTimer) {
  auto wait = sleep(5000);
  wait->cancel();
  EXPECT_TRUE(sink->over);
  EXPECT_EQ(sink->result, std::nullopt);
  EXPECT_EQ(scheduler.timers(), 0u);
  wait->cancel();
}

TEST_F(WaitTest, WhatIsOverIsNotCancelled) {
  auto wait = sleep(1);
  pass(1ms);
  EXPECT_TRUE(sink->result);
  wait->cancel();
}

// For the thread sanitizer: timers that come while their waits are cancelled.
TEST(WaitOnThreads, IsAnsweredOrDroppedOnce) {
  struct Counter final : ReplySink {
    void answered(CallAnswer) override { ++count; }
    std::atomic<int> count{0};
  };
  SystemClock clock;
  ThreadTimers timers;
  auto counter = std::make_shared<Counter>();
  constexpr int kWaits = 2000;
  std::vector<std::shared_ptr<Wait>> waits;
  for (int i = 0; i < kWaits; ++i) {
    WaitReply reply{RawResponder(counter, 1)};
    if (i % 2 == 0) {
      waits.push_back(Wait::sleep(timers, clock, Milliseconds(1), std::move(reply)));
    } else {
      waits.push_back(Wait::until(timers, clock, Milliseconds(clock.wall_us() / 1000 + 2),
                                  Milliseconds(1000), std::move(reply)));
    }
    waits[static_cast<size_t>(i / 2)]->cancel();
  }
  for (auto& wait : waits)
    wait->cancel();
  timers.stop();
  EXPECT_EQ(counter->count.load(), kWaits);
}

}  // namespace theater::wait_test
