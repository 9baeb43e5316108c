// handlers.now, handlers.random: microseconds of one call of a host function that reads
// (timing.now, random.random-range), from the guest's call to its return, recorded. A guest makes
// 1,000 of them in one call; what an empty call takes is taken off.
//
//   handlers [GUESTS]    the folder of the guests
#include "benchmark.h"
#include "stage.h"

namespace theater::bench::handlers_bench {

namespace {

constexpr uint64_t kCalls = 1000;

// What guests/calls.wat takes for its orders.
Bytes order(uint8_t which, uint64_t calls) {
  Bytes bytes = message(Order::kHop, calls);
  bytes[8] = which;
  return bytes;
}

// Seconds that one request takes, the least of many.
double least(Stage& stage, const std::vector<ActorId>& actor, const Bytes& order) {
  double seconds = stage.answered(actor, order).seconds;
  for (size_t round = 0; round < amount(300, 50); ++round)
    seconds = std::min(seconds, stage.answered(actor, order).seconds);
  return seconds;
}

void measure(Stage& stage, const std::vector<ActorId>& actor, std::string_view id, uint8_t which) {
  std::vector<double> calls;
  for (int run = 0; run < kRuns; ++run) {
    double full = least(stage, actor, order(which, kCalls));
    calls.push_back((full - least(stage, actor, order(which, 0))) * 1e6 / kCalls);
  }
  print(id, figure_of(std::move(calls)), "us", stage.facts());
}

const Benchmark kBenchmark("handlers", [](int argc, char** argv) {
  House house(argc > 1 ? argv[1] : "bench/guests", "calls.wat",
              "[[handler]]\ntype = \"timing\"\n[[handler]]\ntype = \"random\"\n");
  Stage stage(house, 1);
  std::vector<ActorId> actor{stage.spawn(stage.runtime().new_id())};
  measure(stage, actor, "handlers.now", 0);
  measure(stage, actor, "handlers.random", 1);
  return 0;
});

}  // namespace

}  // namespace theater::bench::handlers_bench
