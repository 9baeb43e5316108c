#include <gtest/gtest.h>
#include <theater/testing.hpp>
#include <theater/timing.hpp>

namespace theater {
namespace {

using testing::Host;

TEST(Timing, WaitingMovesTheClockOfTheTest) {
  Host::current() = {};
  EXPECT_EQ(now(), 0u);
  EXPECT_TRUE(sleep_for(500));
  EXPECT_EQ(now(), 500u);
  EXPECT_TRUE(sleep_until(800));
  EXPECT_EQ(now(), 800u);
  EXPECT_TRUE(sleep_until(100));
  EXPECT_EQ(now(), 800u);
}

}  // namespace
}  // namespace theater
