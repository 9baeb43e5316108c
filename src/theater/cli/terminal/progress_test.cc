#include "theater/cli/terminal/progress.h"

#include <gtest/gtest.h>

namespace theater::cli::progress_test {

using namespace std::chrono_literals;

TEST(ProgressLine, SaysNothingOfWhatIsOverSoon) {
  ProgressLine line("verifying", ProgressLine::Unit::kBytes);
  EXPECT_EQ(line.at(499ms, 1, 2), std::nullopt);
  EXPECT_FALSE(line.shown());
  EXPECT_EQ(line.at(500ms, 12'345'678, 339'000'001), "verifying: 12 of 340 MB, 3%");
  EXPECT_TRUE(line.shown());
}

TEST(ProgressLine, SpeaksTenTimesASecondAtMost) {
  ProgressLine line("replaying", ProgressLine::Unit::kEvents);
  EXPECT_EQ(line.at(1000ms, 1, 4), "replaying: 1 of 4 events, 25%");
  EXPECT_EQ(line.at(1099ms, 2, 4), std::nullopt);
  EXPECT_EQ(line.at(1100ms, 3, 4), "replaying: 3 of 4 events, 75%");
}

TEST(ProgressLine, NeverPassesTheEnd) {
  ProgressLine line("replaying", ProgressLine::Unit::kEvents);
  EXPECT_EQ(line.at(1s, 9, 4), "replaying: 4 of 4 events, 100%");
  EXPECT_EQ(line.at(2s, 0, 0), "replaying: 0 of 0 events, 100%");
}

}  // namespace theater::cli::progress_test
