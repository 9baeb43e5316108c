#include "theater/handlers/timing/timing_handler.h"

#include "theater/handlers/testing/handler_fixture.h"

#include <gtest/gtest.h>

namespace theater::timing_handler_test {

using Said = tl::expected<void, std::string>;
using testing::HandlerFixture;

struct TimingHandlerTest : ::testing::Test, HandlerFixture {
  TimingHandlerTest() : HandlerFixture(std::make_unique<TimingHandler>()) {}

  void allow(uint64_t least, uint64_t most) {
    permissions.timing = TimingPermissions{{most}, {least}};
  }
  Refusal refusal_of(const std::string& function, uint64_t argument) {
    Bytes args;
    wit::encode_params(args, argument);
    return find<Said, uint64_t>(function).refusal(session(), args);
  }
};

TEST_F(TimingHandlerTest, EveryActorKnowsTheTime) {
  clock.advance(std::chrono::microseconds(5999));
  EXPECT_EQ(call<uint64_t>("now"), 1'000'000'000'005u);
  EXPECT_FALSE(refused);
}

TEST_F(TimingHandlerTest, NobodyWaitsWithoutTheCapability) {
  EXPECT_EQ(refusal_of("sleep", 10), "timing");
  EXPECT_EQ(refusal_of("deadline", 0), "timing");
}

TEST_F(TimingHandlerTest, ASleepHasALeastAndAMost) {
  allow(10, 1000);
  EXPECT_EQ(refusal_of("sleep", 10), std::nullopt);
  EXPECT_EQ(refusal_of("sleep", 1000), std::nullopt);
  EXPECT_EQ(refusal_of("sleep", 9),
            "timing:min-sleep=9ms (a sleep of 9 ms, min_sleep_duration is 10 ms)");
  EXPECT_EQ(refusal_of("sleep", 0), "timing (a sleep of 0 ms, min_sleep_duration is 10 ms)");
  EXPECT_EQ(refusal_of("sleep", 7'200'000),
            "timing:max-sleep=2h (a sleep of 7200000 ms, max_sleep_duration is 1000 ms)");
  allow(0, UINT64_MAX);
  EXPECT_EQ(refusal_of("sleep", 0), std::nullopt);
  EXPECT_EQ(refusal_of("sleep", UINT64_MAX), std::nullopt);
}

TEST_F(TimingHandlerTest, ADeadlineHasAMostOnly) {
  allow(10, 1000);
  uint64_t now = call<uint64_t>("now");
  EXPECT_EQ(refusal_of("deadline", now + 1000), std::nullopt);
  EXPECT_EQ(refusal_of("deadline", now + 1), std::nullopt);
  EXPECT_EQ(refusal_of("deadline", now), std::nullopt);
  EXPECT_EQ(refusal_of("deadline", 0), std::nullopt);
  EXPECT_EQ(refusal_of("deadline", now + 60'000),
            "timing:max-sleep=1m (a deadline in 60000 ms, max_sleep_duration is 1000 ms)");
}

struct IntervalFunctionsTest : TimingHandlerTest {
  IntervalFunctionsTest() { allow(10, 1000); }

  Said start(std::string name, uint64_t every) { return call<Said>("start-interval", name, every); }
  Said stop(std::string name) { return call<Said>("stop-interval", name); }
  Refusal refuses_start(uint64_t every) {
    Bytes args;
    wit::encode_params(args, std::string("x"), every);
    return find<Said, std::string, uint64_t>("start-interval").refusal(session(), args);
  }
  Refusal refuses_stop() {
    Bytes args;
    wit::encode_params(args, std::string("x"));
    return find<Said, std::string>("stop-interval").refusal(session(), args);
  }
};

TEST_F(IntervalFunctionsTest, NeedTheCapabilityAndItsBounds) {
  EXPECT_EQ(refuses_start(9),
            "timing:min-sleep=9ms (an interval of 9 ms, min_sleep_duration is 10 ms)");
  EXPECT_EQ(refuses_start(1001),
            "timing:max-sleep=1001ms (an interval of 1001 ms, max_sleep_duration is 1000 ms)");
  EXPECT_EQ(refuses_start(10), std::nullopt);
  EXPECT_EQ(refuses_stop(), std::nullopt);
  permissions.timing.reset();
  EXPECT_EQ(refuses_start(10), "timing");
  EXPECT_EQ(refuses_stop(), "timing");
}

TEST_F(IntervalFunctionsTest, AnIntervalRunsUntilItIsStopped) {
  EXPECT_TRUE(start("a", 100));
  EXPECT_TRUE(start("b", 100));
  EXPECT_EQ(start("a", 50).error(), "Interval a runs already: stop it first");
  scheduler.run();
  EXPECT_EQ(actor.calls->made.size(), 2u);
  EXPECT_TRUE(stop("a"));
  EXPECT_EQ(stop("a").error(), "Interval a does not run");
  for (auto& made : std::exchange(actor.calls->made, {}))
    made.answered({});
  scheduler.run();
  EXPECT_EQ(actor.calls->made.size(), 1u);
}

TEST_F(IntervalFunctionsTest, BadOnesAreErrors) {
  permissions = Permissions::unrestricted();
  EXPECT_EQ(start("", 100).error(), "Interval name is empty");
  EXPECT_TRUE(start(std::string(256, 'x'), 100));
  EXPECT_EQ(start(std::string(257, 'x'), 100).error(),
            "Interval name is longer than 256 bytes: 257");
  EXPECT_EQ(start("zero", 0).error(), "Interval zero has no length: 0 ms");
  ExportFunction other = export_function<void()>("theater:test/x", "other");
  actor.calls->exported = &other;
  EXPECT_EQ(start("deaf", 100).error(),
            "Interval deaf has no function to call: the component does not export "
            "theater:timers/interval-handlers/handle-tick");
}

TEST_F(IntervalFunctionsTest, ThereAreNotTooMany) {
  for (int i = 0; i < 16; ++i)
    EXPECT_TRUE(start(std::to_string(i), 100));
  EXPECT_EQ(start("one more", 100).error(),
            "16 intervals of this actor run, which is the limit: stop one first");
  EXPECT_TRUE(stop("3"));
  EXPECT_TRUE(start("one more", 100));
}

TEST_F(IntervalFunctionsTest, EndWithTheSession) {
  EXPECT_TRUE(start("a", 100));
  EXPECT_EQ(scheduler.timers(), 1u);
  end_session();
  EXPECT_EQ(scheduler.timers(), 0u);
}

}  // namespace theater::timing_handler_test
