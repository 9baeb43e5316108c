// spin.base, spin: how long a client's requests to 1,000 actors take, one after the other, while
// none of them does anything else, and while one actor more than there are workers spins for ever.
// A spinning guest gives way at each tick, so a request waits for some of them, one tick each.
//
//   spin [GUESTS]    the folder of the guests
#include "benchmark.h"
#include "request_times.h"

namespace theater::bench::spin_bench {

namespace {

constexpr size_t kWorkers = 2;

// `extra` as for print().
void report(std::string_view id, const RequestTimes& times, size_t count, size_t spinners,
            const Stage& stage, std::string_view extra = "") {
  fmt::print(R"({{"bench": "{}", "value": {:.1f}, "unit": "us", "p50": {:.1f}, "p99": {:.1f}, )"
             R"("worst": {:.1f}, "requests": {}, "spinners": {}, "tick_us": {}{}{}}})"
             "\n",
             id, times.p50, times.p50, times.p99, times.worst, count, spinners,
             engine::kTickPeriod.count(), stage.facts(), extra);
  std::fflush(stdout);
}

const Benchmark kBenchmark("spin", [](int argc, char** argv) {
  House house(argc > 1 ? argv[1] : "bench/guests");
  Stage stage(house, kWorkers);
  std::vector<ActorId> others = stage.ring(1'000);
  size_t many = amount(20'000, 100);
  RequestTimes base = time_requests(stage, others, many);
  report("spin.base", base, many, 0, stage);
  constexpr size_t kSpinners = kWorkers + 1;
  for (size_t i = 0; i < kSpinners; ++i) {
    ActorId spinner = stage.spawn(others[i]);
    expect(stage.runtime().send(spinner, message(Order::kSpin)));
  }
  size_t some = amount(1'000, 20);
  RequestTimes times = time_requests(stage, others, some);
  double ticks = (times.p99 - base.p99) / static_cast<double>(engine::kTickPeriod.count());
  report("spin", times, some, kSpinners, stage,
         fmt::format(R"(, "p99_ticks_more": {:.2f})", ticks));
  return 0;
});

}  // namespace

}  // namespace theater::bench::spin_bench
