#include "theater/actor/scheduling/parker.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

namespace theater::parker_test {

TEST(Parker, AWakeUpBeforeTheSleepIsNotLost) {
  Parker parker;
  parker.unpark();
  parker.park();
}

TEST(Parker, SeveralWakeUpsCountAsOne) {
  Parker parker;
  parker.unpark();
  parker.unpark();
  parker.park();
  std::atomic<bool> has_returned{false};
  std::thread sleeper([&] {
    parker.park();
    has_returned = true;
  });
  // The word would let it through at once.
  for (int i = 0; i < 1'000; ++i) {
    EXPECT_FALSE(has_returned);
    std::this_thread::yield();
  }
  parker.unpark();
  sleeper.join();
  EXPECT_TRUE(has_returned);
}

// Two threads wake each other by turns. One lost wake-up would stop both; the thread sanitizer sees
// whether what one wrote is visible to the other.
TEST(Parker, EachWakesTheOtherAndSeesWhatItWrote) {
  constexpr uint64_t kTurns = 20'000;
  Parker here;
  Parker there;
  uint64_t turns = 0;
  std::thread other([&] {
    for (uint64_t i = 0; i < kTurns; ++i) {
      there.park();
      ++turns;
      here.unpark();
    }
  });
  for (uint64_t i = 0; i < kTurns; ++i) {
    ++turns;
    there.unpark();
    here.park();
    EXPECT_EQ(turns, 2 * (i + 1));
  }
  other.join();
}

}  // namespace theater::parker_test
