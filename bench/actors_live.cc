// actors.live: how many actors live at once, and what each costs: cell, chain, sessions, instance,
// and its part of the runtime's tables. After `init`, and once it has had messages.
// actors.live.wave: seconds until every one of them has sent a message to its neighbour and had one
// back, all at the same time: three messages an actor, with the client's request that begins it.
//
//   actors_live [GUESTS [COUNT]]    the folder of the guests; 100,000 actors if not said
#include <cstdlib>
#include <fstream>
#include <string>

#include "benchmark.h"
#include "stage.h"

namespace theater::bench::actors_live_bench {

namespace {

// A field of /proc/self/status in KiB.
double status_kib(std::string_view field) {
  std::ifstream status("/proc/self/status");
  std::string line;
  while (std::getline(status, line)) {
    if (line.compare(0, field.size(), field) == 0) return std::stod(line.substr(field.size() + 1));
  }
  return 0;
}

double resident_kib() {
  return status_kib("VmRSS:") + status_kib("VmPTE:");
}

size_t mappings() {
  std::ifstream maps("/proc/self/maps");
  std::string line;
  size_t count = 0;
  while (std::getline(maps, line))
    ++count;
  return count;
}

const Benchmark kBenchmark("actors_live", [](int argc, char** argv) {
  House house(argc > 1 ? argv[1] : "bench/guests");
  size_t count = argc > 2 ? std::strtoul(argv[2], nullptr, 10) : 100'000;
  size_t workers = std::max(2u, std::thread::hardware_concurrency()) - 1;
  Stage stage(house, workers);
  // What the first actor needs for all: the compiled component, the arenas.
  stage.spawn(stage.runtime().new_id());
  double before = resident_kib();
  auto each_since = [&] { return (resident_kib() - before) / static_cast<double>(count); };
  auto start = std::chrono::steady_clock::now();
  std::vector<ActorId> ring = stage.ring(count);
  double spawning = seconds_since(start);
  fmt::print(R"({{"bench": "actors.live", "value": {:.2f}, "unit": "KiB each", "actors": {}, )"
             R"("mappings": {}, "spawn_us": {:.2f}{}}})"
             "\n",
             each_since(), ring.size(), mappings(), spawning * 1e6 / static_cast<double>(count),
             stage.facts());
  std::fflush(stdout);

  Bytes greet = message(Order::kGreet);
  std::vector<double> waves;
  for (int run = 0; run < std::min(kRuns, 3); ++run)
    waves.push_back(stage.answered(ring, greet).seconds);
  Figure figure = figure_of(std::move(waves));
  fmt::print(
      R"({{"bench": "actors.live.wave", "value": {:.3f}, "unit": "s", "median": {:.3f}, )"
      R"("worst": {:.3f}, "actors": {}, "us_per_message": {:.3f}, "kib_each_after": {:.2f}{}}})"
      "\n",
      figure.best, figure.median, figure.worst, ring.size(),
      figure.best * 1e6 / static_cast<double>(3 * count), each_since(), stage.facts());
  return 0;
});

}  // namespace

}  // namespace theater::bench::actors_live_bench
