// spawn.warm, spawn.fresh: microseconds of Runtime::spawn, from the call until `init` has returned
// and the caller knows, with their quantiles: in memory that ended actors have left, and in memory
// that no actor had before. spawn.warm.without-init: the first of them for actors whose `init` does
// not run, by turns with it.
//
// spawn.together: the same for each of 64 that are asked for at once, in memory that is warm.
//
//   spawn [GUESTS [NAME]]    the folder of the guests; warm, fresh or together, if not all
#include <algorithm>

#include "benchmark.h"
#include "stage.h"

namespace theater::bench::spawn_bench {

namespace {

constexpr size_t kBatch = 64;

// What each spawn of one kind took.
struct Spawns {
  std::string_view id;
  bool init_runs = true;
  std::vector<double> latencies;  // Microseconds.
  double cpu_seconds = 0;

  void report(const Stage& stage) {
    std::sort(latencies.begin(), latencies.end());
    fmt::print(R"({{"bench": "{}", "value": {:.2f}, "unit": "us", "p50": {:.2f}, "p90": {:.2f}, )"
               R"("p99": {:.2f}, "cpu_us": {:.2f}, "measured": {}{}}})"
               "\n",
               id, quantile(latencies, 0.5), quantile(latencies, 0.5), quantile(latencies, 0.9),
               quantile(latencies, 0.99), cpu_seconds * 1e6 / static_cast<double>(latencies.size()),
               latencies.size(), stage.facts());
    std::fflush(stdout);
  }
};

std::vector<ActorId> spawn_batch(Stage& stage, const ActorId& peer, Spawns& spawns) {
  std::vector<ActorId> made;
  Cost cost = cost_of([&] {
    for (size_t i = 0; i < kBatch; ++i) {
      auto start = std::chrono::steady_clock::now();
      SpawnOptions options = House::options(stage.runtime().new_id(), peer);
      options.init_runs = spawns.init_runs;
      made.push_back(stage.spawn(std::move(options)));
      spawns.latencies.push_back(seconds_since(start) * 1e6);
    }
  });
  spawns.cpu_seconds += cost.cpu_seconds;
  return made;
}

void end(Stage& stage, const std::vector<ActorId>& ids) {
  for (const ActorId& id : ids) {
    expect(stage.runtime().kill(id));
    (void)expect(stage.runtime().wait_ended(id));
  }
}

// The kinds take turns.
void measure(House& house, std::vector<Spawns> kinds, bool end_them) {
  Stage stage(house, 1);
  ActorId peer = stage.runtime().new_id();
  size_t batches = amount(200, 2);
  for (size_t batch = 0; batch <= batches; ++batch) {
    for (Spawns& spawns : kinds) {
      // The first batch compiles, and takes memory that is not warm yet.
      Spawns unused{.id = spawns.id, .init_runs = spawns.init_runs};
      std::vector<ActorId> made = spawn_batch(stage, peer, batch > 0 ? spawns : unused);
      if (end_them) end(stage, made);
    }
  }
  for (Spawns& spawns : kinds)
    spawns.report(stage);
}

// The same for many spawns that are requested at once, so that no thread is woken for a single one.
void measure_together(House& house) {
  Stage stage(house, 1);
  ActorId peer = stage.runtime().new_id();
  Spawns spawns{.id = "spawn.together"};
  for (size_t batch = 0; batch <= amount(200, 2); ++batch) {
    std::vector<ActorId> made;
    Cost cost = cost_of([&] { made = stage.spawn_together(kBatch, peer); });
    if (batch > 0) {
      spawns.latencies.push_back(cost.seconds * 1e6 / kBatch);
      spawns.cpu_seconds += cost.cpu_seconds / kBatch;
    }
    end(stage, made);
  }
  spawns.report(stage);
}

const Benchmark kBenchmark("spawn", [](int argc, char** argv) {
  House house(argc > 1 ? argv[1] : "bench/guests");
  std::string name = argc > 2 ? argv[2] : "";
  auto wanted = [&](std::string_view one) { return name.empty() || name == one; };
  if (wanted("warm"))
    measure(house, {{.id = "spawn.warm"}, {.id = "spawn.warm.without-init", .init_runs = false}},
            true);
  if (wanted("fresh")) measure(house, {{.id = "spawn.fresh"}}, false);
  if (wanted("together")) measure_together(house);
  return 0;
});

}  // namespace

}  // namespace theater::bench::spawn_bench
