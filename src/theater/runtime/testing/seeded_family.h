// A family of scripted actors under one seed, or on threads.
#pragma once

#include "theater/actor/scheduling/job_runner.h"
#include "theater/actor/scheduling/seeded_scheduler.h"
#include "theater/actor/scheduling/thread_timers.h"
#include "theater/actor/scheduling/worker_pool.h"
#include "theater/runtime/testing/family.h"

#include <gtest/gtest.h>

#include <map>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

namespace theater::testing {

struct Seeded {
  explicit Seeded(uint64_t seed, size_t queued_max = 100)
      : scheduler(seed),
        jobs(scheduler, queued_max),
        family(scheduler, scheduler, scheduler.clock(), &jobs, nullptr, seed) {}

  std::map<ActorId, Told> chains() {
    scheduler.run(100'000);
    std::map<ActorId, Told> all;
    for (const ActorId& id : family.runtime().actors())
      all.emplace(id, family.told(id));
    return all;
  }

  void expect_right() { EXPECT_EQ(family.what_is_wrong(chains()), std::nullopt); }

  std::vector<ActorId> children_of(const ActorId& id) {
    std::vector<ActorId> ids;
    std::istringstream words(family.ask(id, "children"));
    for (std::string word; words >> word;)
      ids.push_back(*ActorId::parse(word));
    return ids;
  }

  // A child of an actor, with this initial state.
  ActorId add_child(const ActorId& parent, const std::string& state = "kept") {
    return *ActorId::parse(family.ask(parent, "spawn " + state));
  }

  SeededScheduler scheduler;
  SchedulerJobs jobs;
  Family family;
};

// A family on a node with workers, which keeps nothing on disk.
struct OnThreads {
  SystemClock clock;
  WorkerPool pool{4};
  ThreadTimers timers;
  Family family{pool, timers, clock, nullptr};
};

template <class Test>
void for_each_seed(uint64_t seeds, Test test) {
  for (uint64_t seed = 1; seed <= seeds; ++seed) {
    SCOPED_TRACE(seed);
    Seeded seeded(seed);
    test(seeded);
    seeded.expect_right();
  }
}

}  // namespace theater::testing
