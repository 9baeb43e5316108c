// Programs of the machine that an actor runs with the handler `process`, recorded in memory.
//
// process.actor.command: a program of 100 ms, from a client's request to the answer that the actor
// gives in `handle-exit`, against the same program by posix_spawn and waitpid, by turns. The ratio
// of their medians in each run.
// process.actor.at_once: seconds until 200 programs have ended that one actor was asked to start at
// once.
// process.actor.flood: GiB a second that an actor takes from a program that writes without end.
// process.actor.quiet, process.actor.beside_flood: p99 of a client's requests to other actors, one
// every half millisecond: without that program, and meanwhile. By turns; a figure is best, median
// and worst of the runs, and `ticks_more` is what the median has above that without.
//
//   process_actor [GUESTS]    the folder of the guests
#include "theater/base/guarded.h"
#include "theater/sandbox/sandbox_features.h"

#include <spawn.h>
#include <sys/wait.h>

#include <cstring>

#include "benchmark.h"
#include "request_times.h"

namespace theater::bench::process_actor_bench {

namespace {

constexpr size_t kWorkers = 2;
constexpr const char* kCommand = "exec sleep 0.1";

void run_bare(const char* script) {
  char* words[] = {const_cast<char*>("sh"), const_cast<char*>("-c"), const_cast<char*>(script),
                   nullptr};
  char* variables[] = {nullptr};
  pid_t id = 0;
  THEATER_CHECK(::posix_spawn(&id, "/bin/sh", nullptr, nullptr, words, variables) == 0);
  int status = 0;
  THEATER_CHECK(::waitpid(id, &status, 0) == id && status == 0);
}

// An actor of guests/processes.wat.
class Commander {
 public:
  Commander(const std::string& guests, House& house, Stage& stage) : stage_(stage) {
    SpawnRequest request = house.request();
    request.component = expect(read_file(guests + "/processes.wat"));
    request.manifest =
        expect(parse_manifest("name = \"commander\"\ncomponent = \"processes.wat\"\n"
                              "[[handler]]\ntype = \"message-server\"\n"
                              "[[handler]]\ntype = \"process\"\nmax_processes = 256\n"
                              "allowed_programs = [\"sh\"]\n",
                              "commander.toml", "/"));
    expect(request.policy.add_grant("process", "/"));
    id_ = expect(stage.runtime().spawn(request)).id;
  }

  // Starts so many of the script, and waits for their ends.
  void run(std::string_view script, size_t count = 1) {
    std::latch all(static_cast<std::ptrdiff_t>(count));
    for (size_t i = 0; i < count; ++i)
      stage_.request(id_, as_bytes(script), all);
    all.wait();
  }

  // The bytes that its programs have written and it has got.
  double taken() {
    Bytes answer = expect(stage_.runtime().request(id_, {}));
    uint64_t bytes = 0;
    THEATER_CHECK(answer.size() == sizeof bytes);
    std::memcpy(&bytes, answer.data(), sizeof bytes);
    return static_cast<double>(bytes);
  }

 private:
  Stage& stage_;
  ActorId id_;
};

template <class Work>
double milliseconds(Work&& work) {
  auto start = std::chrono::steady_clock::now();
  work();
  return seconds_since(start) * 1e3;
}

double median(std::vector<double> values) {
  return figure_of(std::move(values)).median;
}

void compare_commands(Commander& commander) {
  std::vector<double> ratios;
  std::vector<double> all_bare;
  std::vector<double> all_through;
  for (int run = 0; run < kRuns; ++run) {
    std::vector<double> bare;
    std::vector<double> through;
    for (size_t i = 0; i < amount(11, 1); ++i) {
      bare.push_back(milliseconds([] { run_bare(kCommand); }));
      through.push_back(milliseconds([&] { commander.run(kCommand); }));
    }
    all_bare.push_back(median(bare));
    all_through.push_back(median(through));
    ratios.push_back(all_through.back() / all_bare.back());
  }
  print("process.actor.command", figure_of(std::move(ratios)), "ratio",
        fmt::format(R"(, "bare_ms": {:.2f}, "actor_ms": {:.2f})", median(all_bare),
                    median(all_through)));
}

void start_at_once(Commander& commander) {
  const size_t count = amount(200, 3);
  std::vector<double> values;
  for (int run = 0; run < kRuns; ++run)
    values.push_back(milliseconds([&] { commander.run("exit", count); }) / 1e3);
  print("process.actor.at_once", figure_of(std::move(values)), "s",
        fmt::format(R"(, "programs": {})", count));
}

void measure_flood(Commander& commander, Stage& stage) {
  std::vector<ActorId> others = stage.ring(100);
  const size_t count = amount(2'000, 20);
  constexpr std::chrono::microseconds kPause{500};
  std::vector<double> quiet;
  std::vector<double> beside;
  std::vector<double> rates;
  for (int run = 0; run < kRuns; ++run) {
    quiet.push_back(time_requests(stage, others, count, kPause).p99);
    std::jthread flood([&] { commander.run("exec timeout --foreground 3 cat /dev/zero"); });
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
    double before = commander.taken();
    auto start = std::chrono::steady_clock::now();
    beside.push_back(time_requests(stage, others, count, kPause).p99);
    rates.push_back((commander.taken() - before) / seconds_since(start) / (1 << 30));
  }
  double ticks =
      (median(beside) - median(quiet)) / static_cast<double>(engine::kTickPeriod.count());
  print("process.actor.flood", highest_of(std::move(rates)), "GiB/s");
  print("process.actor.quiet", figure_of(std::move(quiet)), "us", stage.facts());
  print("process.actor.beside_flood", figure_of(std::move(beside)), "us",
        fmt::format(R"(, "ticks_more": {:.3f}{})", ticks, stage.facts()));
}

const Benchmark kBenchmark("process_actor", [](int argc, char** argv) {
  if (!check_level(SandboxFeatures::of_machine())) return 77;
  const std::string guests = argc > 1 ? argv[1] : "bench/guests";
  House house(guests);
  Stage stage(house, kWorkers);
  Commander commander(guests, house, stage);
  compare_commands(commander);
  start_at_once(commander);
  measure_flood(commander, stage);
  return 0;
});

}  // namespace

}  // namespace theater::bench::process_actor_bench
