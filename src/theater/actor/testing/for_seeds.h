// The loop for tests that run under many orders of turns.
#pragma once

#include "theater/actor/scheduling/seeded_scheduler.h"
#include "theater/actor/testing/actor_harness.h"

#include <gtest/gtest.h>

#include <cstdint>

namespace theater::testing {

// Calls `test(harness, scheduler)` for each seed from 1 to `seeds` and then checks all chains. Each
// seed has a new scheduler and harness. Stops at the first seed that fails.
template <class Test>
void for_seeds(uint64_t seeds, const Test& test) {
  for (uint64_t seed = 1; seed <= seeds; ++seed) {
    SCOPED_TRACE(::testing::Message() << "seed " << seed);
    SeededScheduler scheduler(seed);
    ActorHarness harness(scheduler);
    test(harness, scheduler);
    EXPECT_EQ(harness.check_chains(), std::nullopt);
    if (::testing::Test::HasFailure()) return;
  }
}

}  // namespace theater::testing
