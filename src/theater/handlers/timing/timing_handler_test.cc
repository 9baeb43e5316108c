#include "theater/handlers/timing/timing_handler.h"

#include "theater/handlers/testing/handler_fixture.h"

#include <gtest/gtest.h>

namespace theater {
namespace {

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

}  // namespace
}  // namespace theater
