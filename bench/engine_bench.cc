// engine.*: what crossing the sandbox wall costs. Run with the folder of the guests as its
// argument.
#include "theater/engine/ticker.h"

#include <atomic>
#include <string>
#include <thread>

#include "benchmark.h"
#include "guest_runner.h"
#include "measure.h"

namespace theater::bench::engine_bench {

namespace {

void handle(const std::shared_ptr<const engine::Program>& program) {
  Runner runner(program);
  uint32_t number = runner.find("handle");
  for (size_t size :
       {size_t{0}, size_t{64}, size_t{256}, size_t{1024}, size_t{65536}, size_t{1} << 20}) {
    Bytes args = Runner::handle_args(size);
    CostFigure figure = microseconds_per_unit(1, [&] { runner.call(number, args); });
    print(fmt::format("engine.handle.{}", size), figure, "us",
          fmt::format(R"(, "million_per_second": {:.2f})", 1 / figure.wall.best));
  }
}

void imports(const std::shared_ptr<const engine::Program>& program) {
  Runner runner(program);
  constexpr uint32_t kCalls = 1000;
  Bytes args = wit::encode(kCalls);
  uint32_t ask = runner.find("ask");
  uint32_t wait = runner.find("wait");
  uint32_t nop = runner.find("nop");
  print("engine.nop", microseconds_per_unit(1, [&] { runner.call(nop, {}); }), "us");
  print("engine.import", microseconds_per_unit(kCalls, [&] { runner.call(ask, args); }), "us");
  print("engine.suspend", microseconds_per_unit(kCalls, [&] { runner.call(wait, args); }), "us");
}

// Guests made in warm slots, and destroyed: batches, so that the two can be told apart.
void instantiate(const std::shared_ptr<const engine::Program>& program) {
  constexpr size_t kBatch = 64;
  std::vector<double> made;
  std::vector<double> destroyed;
  std::vector<std::unique_ptr<Runner>> runners;
  for (int run = -1; run < kRuns; ++run) {
    double making = 0;
    double destroying = 0;
    double count = 0;
    while (making + destroying < std::chrono::duration<double>(kRunTime).count()) {
      auto start = std::chrono::steady_clock::now();
      for (size_t i = 0; i < kBatch; ++i)
        runners.push_back(std::make_unique<Runner>(program));
      making += seconds_since(start);
      start = std::chrono::steady_clock::now();
      runners.clear();
      destroying += seconds_since(start);
      count += kBatch;
    }
    if (run < 0) continue;  // The slots were cold.
    made.push_back(making * 1e6 / count);
    destroyed.push_back(destroying * 1e6 / count);
  }
  print("engine.instantiate", figure_of(std::move(made)), "us");
  print("engine.destroy", figure_of(std::move(destroyed)), "us");
}

// Calls a second of one guest a thread, all threads together.
void scale(const std::shared_ptr<const engine::Program>& program) {
  double single = 0;
  for (unsigned threads : {1U, 2U, 4U}) {
    if (threads > std::thread::hardware_concurrency()) break;
    std::vector<double> runs;
    for (int run = 0; run < kRuns; ++run) {
      std::atomic<bool> stop{false};
      std::atomic<uint64_t> calls{0};
      std::vector<std::thread> workers;
      auto start = std::chrono::steady_clock::now();
      for (unsigned t = 0; t < threads; ++t) {
        workers.emplace_back([&] {
          Runner runner(program);
          uint32_t number = runner.find("handle");
          Bytes args = Runner::handle_args(64);
          uint64_t mine = 0;
          do {
            for (int i = 0; i < 64; ++i)
              runner.call(number, args);
            mine += 64;
          } while (!stop.load(std::memory_order_relaxed));
          calls += mine;
        });
      }
      std::this_thread::sleep_for(kRunTime);
      stop = true;
      for (auto& worker : workers)
        worker.join();
      runs.push_back(-static_cast<double>(calls) / seconds_since(start) / 1e6);
    }
    Figure negated = figure_of(std::move(runs));
    Figure figure{-negated.best, -negated.median, -negated.worst};
    if (threads == 1) single = figure.best;
    print(fmt::format("engine.scale.{}", threads), figure, "M calls/s",
          fmt::format(R"(, "ratio": {:.2f})", figure.best / single));
  }
}

const Benchmark kBenchmark("engine", [](int argc, char** argv) {
  std::string guests = argc > 1 ? argv[1] : "bench/guests";
  auto engine = expect(engine::Engine::create());
  engine::Ticker ticker(*engine);
  auto program = bench_program(*engine, guests);
  std::string group = argc > 2 ? argv[2] : "";
  auto wanted = [&](std::string_view name) { return group.empty() || group == name; };
  if (wanted("handle")) handle(program);
  if (wanted("import")) imports(program);
  if (wanted("instantiate")) instantiate(program);
  if (wanted("scale")) scale(program);
  return 0;
});

}  // namespace

}  // namespace theater::bench::engine_bench
