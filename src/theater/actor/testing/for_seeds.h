// The loop of tests that run under many orders of turns.
#pragma once

#include "theater/actor/scheduling/seeded_scheduler.h"
#include "theater/actor/testing/actor_harness.h"

#include <gtest/gtest.h>

#include <cstdint>

namespace theater::testing {

// Calls `test(stage, scheduler)` for each seed from 1 to `seeds`, each time in a world of its own,
// and checks all chains; stops at the first seed that fails.
template <class Test>
void for_seeds(uint64_t seeds, const Test& test) {
  for (uint64_t seed = 1; seed <= seeds; ++seed) {
    SCOPED_TRACE(::testing::Message() << "seed " << seed);
    SeededScheduler scheduler(seed);
    ActorHarness stage(scheduler);
    test(stage, scheduler);
    EXPECT_EQ(stage.check_chains(), std::nullopt);
    if (::testing::Test::HasFailure()) return;
  }
}

}  // namespace theater::testing
