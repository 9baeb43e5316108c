#include "theater/actor/phase.h"

#include <gtest/gtest.h>

namespace theater {
namespace {

TEST(Phase, FollowsTheTable) {
  EXPECT_EQ(next_phase(Phase::kStarting, PhaseEvent::kStarted), Phase::kIdle);
  EXPECT_EQ(next_phase(Phase::kIdle, PhaseEvent::kCallBegan), Phase::kProcessing);
  EXPECT_EQ(next_phase(Phase::kProcessing, PhaseEvent::kCallEnded), Phase::kIdle);
  for (Phase phase : {Phase::kStarting, Phase::kIdle, Phase::kProcessing, Phase::kShuttingDown}) {
    EXPECT_EQ(next_phase(phase, PhaseEvent::kEnding), Phase::kShuttingDown);
  }
}

TEST(PhaseDeathTest, NothingLeadsOutOfShuttingDown) {
  EXPECT_DEATH(next_phase(Phase::kShuttingDown, PhaseEvent::kStarted), "shutting-down");
  EXPECT_DEATH(next_phase(Phase::kShuttingDown, PhaseEvent::kCallBegan), "shutting-down");
  EXPECT_DEATH(next_phase(Phase::kProcessing, PhaseEvent::kCallBegan), "processing");
}

}  // namespace
}  // namespace theater
