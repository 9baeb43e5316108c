#include "theater/net/deadlines.h"

#include <gtest/gtest.h>

namespace theater::deadlines_test {

using namespace std::chrono_literals;

TEST(Deadlines, ComeInTheirOrderAndCanChange) {
  Deadlines<int> deadlines;
  Deadlines<int>::Time zero{};
  EXPECT_EQ(deadlines.next(), std::nullopt);
  EXPECT_EQ(deadlines.take_due(zero), std::nullopt);
  deadlines.set(1, zero + 30ms);
  deadlines.set(2, zero + 10ms);
  deadlines.set(3, zero + 20ms);
  deadlines.set(1, zero + 5ms);
  deadlines.set(2, zero + 40ms);
  deadlines.set(3, zero + 20ms);
  EXPECT_EQ(deadlines.size(), 3u);
  EXPECT_EQ(deadlines.next(), zero + 5ms);
  EXPECT_EQ(deadlines.first(), 1);
  deadlines.clear(1);
  deadlines.clear(1);
  EXPECT_FALSE(deadlines.has(1));
  EXPECT_EQ(deadlines.take_due(zero + 19ms), std::nullopt);
  EXPECT_EQ(deadlines.take_due(zero + 50ms), 3);
  EXPECT_EQ(deadlines.take_due(zero + 50ms), 2);
  EXPECT_EQ(deadlines.size(), 0u);
}

}  // namespace theater::deadlines_test
