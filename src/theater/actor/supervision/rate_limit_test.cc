#include "theater/actor/supervision/rate_limit.h"

#include <gtest/gtest.h>

namespace theater::rate_limit_test {

using namespace std::chrono_literals;

TEST(RateLimit, GivesABurstAndThenTheRate) {
  RateLimit limit(10);
  RateLimit::Time now = 5s;
  for (int i = 0; i < 10; ++i)
    EXPECT_TRUE(limit.take_one(now)) << i;
  EXPECT_FALSE(limit.take_one(now));
  EXPECT_FALSE(limit.take_one(now + 99ms));
  EXPECT_TRUE(limit.take_one(now + 100ms));
  EXPECT_FALSE(limit.take_one(now + 100ms));
  // A long rest brings one burst back and no more.
  int taken = 0;
  while (limit.take_one(now + 1h))
    ++taken;
  EXPECT_EQ(taken, 10);
}

TEST(RateLimit, OfNothingGivesNothing) {
  RateLimit limit(0);
  EXPECT_FALSE(limit.take_one(0s));
  EXPECT_FALSE(limit.take_one(1h));
}

TEST(RateLimit, SaysHowLongADebtLasts) {
  RateLimit limit(1000);
  EXPECT_EQ(limit.charge(1000, 1s), 0s);
  EXPECT_EQ(limit.charge(500, 1s), 500ms);
  EXPECT_EQ(limit.charge(0, 1s + 500ms), 0s);
  EXPECT_EQ(limit.charge(3000, 10s), 2s);
}

TEST(RateLimit, TakesAnyAmount) {
  RateLimit limit(uint64_t{1} << 36);
  EXPECT_EQ(limit.charge(uint64_t{1} << 36, 1s), 0s);
  RateLimit slow(1);
  EXPECT_EQ(slow.charge(~uint64_t{0}, 0s), 999'999'999s);
}

}  // namespace theater::rate_limit_test
