// The loops for tests that run under many orders of turns.
#pragma once

#include "theater/actor/scheduling/seeded_scheduler.h"
#include "theater/actor/testing/actor_harness.h"
#include "theater/actor/testing/actor_turns.h"

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

inline constexpr size_t kPoolWorkers = 3;
inline constexpr int kPoolRounds = 8;

// Calls `test(harness, turns)` for each seed, and then some times on a pool of workers. Such a test
// knows no scheduler and no virtual time, and its scripts share nothing that is not guarded.
template <class Test>
void for_schedulers(uint64_t seeds, const Test& test) {
  for_seeds(seeds, [&](ActorHarness& harness, SeededScheduler& scheduler) {
    SeededTurns turns(scheduler);
    test(harness, turns);
  });
  for (int round = 0; round < kPoolRounds && !::testing::Test::HasFailure(); ++round) {
    SCOPED_TRACE(::testing::Message() << "workers, round " << round);
    PooledTurns turns(kPoolWorkers);
    ActorHarness harness(turns);
    test(harness, turns);
    EXPECT_EQ(harness.check_chains(), std::nullopt);
  }
}

}  // namespace theater::testing
