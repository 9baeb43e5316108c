// spin.base, spin: how long a client's requests to 1,000 actors take, one after the other, while
// none of them does anything else, and while one actor more than there are workers spins for ever.
// A spinning guest gives way at each tick, so a request waits for some of them, one tick each.
//
//   spin [GUESTS]    the folder of the guests
#include <algorithm>

#include "stage.h"

namespace {

using namespace theater;
using namespace theater::bench;

constexpr size_t kWorkers = 2;

struct Latencies {
  double p50 = 0;
  double p99 = 0;
  double worst = 0;
};

Latencies measure(Stage& stage, const std::vector<ActorId>& others, size_t count) {
  Bytes echo = message(Order::kEcho);
  std::vector<double> all;
  for (size_t i = 0; i < count; ++i) {
    auto start = std::chrono::steady_clock::now();
    (void)expect(stage.runtime().request(others[i % others.size()], echo));
    all.push_back(seconds_since(start) * 1e6);
  }
  std::sort(all.begin(), all.end());
  return {quantile(all, 0.5), quantile(all, 0.99), all.back()};
}

void report(std::string_view id, const Latencies& latencies, size_t count, size_t spinners,
            const Stage& stage) {
  fmt::print(R"({{"bench": "{}", "value": {:.1f}, "unit": "us", "p50": {:.1f}, "p99": {:.1f}, )"
             R"("worst": {:.1f}, "requests": {}, "spinners": {}, "tick_us": {}{}}})"
             "\n",
             id, latencies.p50, latencies.p50, latencies.p99, latencies.worst, count, spinners,
             engine::kTickPeriod.count(), stage.facts());
  std::fflush(stdout);
}

}  // namespace

int main(int argc, char** argv) {
  House house(argc > 1 ? argv[1] : "bench/guests");
  Stage stage(house, kWorkers);
  std::vector<ActorId> others = stage.ring(1'000);
  size_t many = amount(20'000, 100);
  report("spin.base", measure(stage, others, many), many, 0, stage);
  constexpr size_t kSpinners = kWorkers + 1;
  for (size_t i = 0; i < kSpinners; ++i) {
    ActorId spinner = stage.spawn(others[i]);
    expect(stage.runtime().send(spinner, message(Order::kSpin)));
  }
  size_t some = amount(1'000, 20);
  report("spin", measure(stage, others, some), some, kSpinners, stage);
}
