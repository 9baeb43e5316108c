// spawn.warm, spawn.fresh: microseconds of Runtime::spawn, from the call until `init` has returned
// and the caller knows, with their quantiles: in memory that ended actors have left, and in memory
// that no actor had before.
//
// spawn.together: the same for each of 64 that are asked for at once, in memory that is warm.
//
//   spawn [GUESTS [NAME]]    the folder of the guests; warm, fresh or together, if not all
#include <algorithm>

#include "stage.h"

namespace {

using namespace theater;
using namespace theater::bench;

constexpr size_t kBatch = 64;

void report(std::string_view id, std::vector<double> latencies, const Stage& stage) {
  std::sort(latencies.begin(), latencies.end());
  fmt::print(R"({{"bench": "{}", "value": {:.2f}, "unit": "us", "p50": {:.2f}, "p90": {:.2f}, )"
             R"("p99": {:.2f}, "measured": {}{}}})"
             "\n",
             id, quantile(latencies, 0.5), quantile(latencies, 0.5), quantile(latencies, 0.9),
             quantile(latencies, 0.99), latencies.size(), stage.facts());
  std::fflush(stdout);
}

void measure(House& house, std::string_view id, bool end_them) {
  Stage stage(house, 1);
  ActorId peer = stage.runtime().new_id();
  size_t batches = amount(200, 2);
  std::vector<double> latencies;
  std::vector<ActorId> made;
  for (size_t batch = 0; batch <= batches; ++batch) {
    for (size_t i = 0; i < kBatch; ++i) {
      auto start = std::chrono::steady_clock::now();
      made.push_back(stage.spawn(peer));
      // The first batch compiles, and takes memory that is not warm yet.
      if (batch > 0) latencies.push_back(seconds_since(start) * 1e6);
    }
    if (!end_them) continue;
    for (const ActorId& id_of_one : std::exchange(made, {})) {
      expect(stage.runtime().kill(id_of_one));
      (void)expect(stage.runtime().wait_ended(id_of_one));
    }
  }
  report(id, std::move(latencies), stage);
}

// The same for many that are asked for at once, so that nobody is woken for a single one.
void measure_together(House& house) {
  Stage stage(house, 1);
  ActorId peer = stage.runtime().new_id();
  std::vector<double> each;
  for (size_t batch = 0; batch <= amount(200, 2); ++batch) {
    auto start = std::chrono::steady_clock::now();
    std::vector<ActorId> made = stage.spawn_together(kBatch, peer);
    if (batch > 0) each.push_back(seconds_since(start) * 1e6 / kBatch);
    for (const ActorId& id : made) {
      expect(stage.runtime().kill(id));
      (void)expect(stage.runtime().wait_ended(id));
    }
  }
  report("spawn.together", std::move(each), stage);
}

}  // namespace

int main(int argc, char** argv) {
  House house(argc > 1 ? argv[1] : "bench/guests");
  std::string name = argc > 2 ? argv[2] : "";
  auto wanted = [&](std::string_view one) { return name.empty() || name == one; };
  if (wanted("warm")) measure(house, "spawn.warm", true);
  if (wanted("fresh")) measure(house, "spawn.fresh", false);
  if (wanted("together")) measure_together(house);
}
