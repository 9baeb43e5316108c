// A family of scripted actors under one seed, or on threads.
#pragma once

#include "theater/actor/scheduling/job_runner.h"
#include "theater/actor/scheduling/seeded_scheduler.h"
#include "theater/actor/scheduling/thread_timers.h"
#include "theater/actor/scheduling/worker_pool.h"
#include "theater/actor/testing/actor_turns.h"
#include "theater/runtime/testing/family.h"

#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

namespace theater::testing {

// The children that an actor of a family lists.
inline std::vector<ActorId> children_in(Family& family, const ActorId& id) {
  std::vector<ActorId> ids;
  std::istringstream words(family.ask(id, "children"));
  for (std::string word; words >> word;)
    ids.push_back(*ActorId::parse(word));
  return ids;
}

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

  // Until nothing moves, timers included.
  void run() { scheduler.run(100'000); }

  std::vector<ActorId> children_of(const ActorId& id) { return children_in(family, id); }

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

// The same on workers, for tests that need no virtual time. Its timers go by the real time, and
// `run` does not wait for them.
struct Pooled {
  std::map<ActorId, Told> chains() {
    run();
    std::map<ActorId, Told> all;
    for (const ActorId& id : family.runtime().actors())
      all.emplace(id, family.told(id));
    return all;
  }

  void expect_right() { EXPECT_EQ(family.what_is_wrong(chains()), std::nullopt); }
  void run() { turns.run(); }

  SystemClock clock;
  PooledTurns turns{3};
  SchedulerJobs jobs{turns, 100};
  ThreadTimers timers;
  Family family{turns, timers, clock, &jobs};
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

// A family on either scheduler.
struct Stage {
  std::vector<ActorId> children_of(const ActorId& id) { return children_in(family, id); }

  Family& family;
  std::function<void()> run;  // Until nothing moves.
};

// The same under each seed, and then some times on workers.
template <class Test>
void for_each_scheduler(uint64_t seeds, Test test) {
  auto play = [&](auto& node) {
    Stage stage{node.family, [&] { node.run(); }};
    test(stage);
    node.expect_right();
  };
  for (uint64_t seed = 1; seed <= seeds; ++seed) {
    SCOPED_TRACE(seed);
    Seeded seeded(seed);
    play(seeded);
  }
  for (int round = 1; round <= 3; ++round) {
    SCOPED_TRACE(::testing::Message() << "workers, round " << round);
    Pooled pooled;
    play(pooled);
  }
}

}  // namespace theater::testing
