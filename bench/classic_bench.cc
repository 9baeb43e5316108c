// The four classic programs for actors, as in erlang/classic.erl: microseconds of one message, or
// of one actor made.
//
// classic.pingpong: two actors send a message to and fro. classic.counting: one sends, one counts.
// classic.threadring: a message goes round a ring of 503. classic.forkjoin: 100,000 actors are
// made, and each answers one message.
//
//   classic [GUESTS]    the folder of the guests
//
// Each runs on one worker and on as many as there are processors.
#include <algorithm>
#include <thread>

#include "benchmark.h"
#include "stage.h"

namespace theater::bench::classic_bench {

namespace {

constexpr size_t kRing = 503;

void report(std::string_view id, const std::vector<Cost>& runs, size_t count, const Stage& stage) {
  CostFigure us = cost_per_unit(runs, count);
  fmt::print(
      R"({{"bench": "{}", "value": {:.4f}, "unit": "us", "median": {:.4f}, "worst": {:.4f}, )"
      R"("cpu_us": {:.4f}, "runs": {}, "count": {}{}, )"
      R"("system": "Theater, recorded in memory"}})"
      "\n",
      id, us.wall.best, us.wall.median, us.wall.worst, us.cpu.best, runs.size(), count,
      stage.facts());
  std::fflush(stdout);
}

// A ring of actors whose first one has the order.
void order(House& house, std::string_view id, size_t workers, size_t actors, const Bytes& order,
           size_t count) {
  Stage stage(house, workers);
  ActorId first = stage.ring(actors)[0];
  (void)stage.answered({first}, order);
  std::vector<Cost> runs;
  for (int run = 0; run < kRuns; ++run)
    runs.push_back(stage.answered({first}, order));
  report(id, runs, count, stage);
}

void forkjoin(House& house, size_t workers) {
  size_t count = amount(100'000, 200);
  Bytes echo = message(Order::kEcho);
  std::vector<Cost> runs;
  // Less often than the others: that so many end takes longer than the rest of the program.
  for (int runs_left = std::min(kRuns, 3); runs_left > 0; --runs_left) {
    Stage stage(house, workers);
    ActorId peer = stage.spawn(stage.runtime().new_id());
    runs.push_back(cost_of([&] {
      std::latch all(static_cast<std::ptrdiff_t>(count));
      for (size_t i = 0; i < count; ++i)
        stage.request(stage.spawn(peer), echo, all);
      all.wait();
    }));
    if (runs_left == 1) report("classic.forkjoin", runs, count, stage);
  }
}

const Benchmark kBenchmark("classic", [](int argc, char** argv) {
  House house(argc > 1 ? argv[1] : "bench/guests");
  size_t hops = amount(200'000, 2'000);
  size_t counted = amount(100'000, 2'000);
  size_t rounds = kRing * amount(400, 2);
  std::vector<size_t> workers = {1};
  if (std::thread::hardware_concurrency() > 1)
    workers.push_back(std::thread::hardware_concurrency());
  for (size_t count : workers) {
    order(house, "classic.pingpong", count, 2, message(Order::kHop, hops), hops);
    order(house, "classic.counting", count, 2, message(Order::kFlood, counted), counted);
    order(house, "classic.threadring", count, kRing, message(Order::kHop, rounds), rounds);
    forkjoin(house, count);
  }
  return 0;
});

}  // namespace

}  // namespace theater::bench::classic_bench
