// Programs of the machine, from the start to the end, by the level of the sandbox.
//
// process.bare: /bin/true by posix_spawn and waitpid.
// process.NAME: the same through the sandbox, its making included: `filter` has the filter of system
// calls alone, `landlock` what a machine without namespaces gives, `namespaces` all, `ungrouped` all but
// the control group. Milliseconds; a figure is best, median and worst of the single runs, taken by turns.
// process.at_once: seconds until 200 programs that were started at once have ended.
// process.flood: GiB a second that the keeper takes from a program that writes without end.
// process.beside_flood: milliseconds for an answer of another program meanwhile, as quantile 0.99.
//
//   process
#include "theater/sandbox/command_process.h"
#include "theater/sandbox/process_keeper.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <functional>
#include <map>

#include "benchmark.h"
#include "expect.h"
#include "measure.h"

namespace theater::bench::process_bench {

namespace {

constexpr const char* kTrue = "/bin/true";

CommandStart start_of(const std::string& program, std::vector<std::string> words) {
  CommandStart start{program, std::move(words), command_variables("/"),
                     Descriptor(::open("/", O_PATH | O_DIRECTORY | O_CLOEXEC)), 1'000'000};
  if (::geteuid() == 0) start.user = *user_named("nobody");
  return start;
}

CommandSandbox wall_of(const std::string& program, const SandboxFeatures& features) {
  Descriptor nowhere;
  return *CommandSandbox::build({nowhere, {}, program, {}, features});
}

void run_bare() {
  char* words[] = {const_cast<char*>(kTrue), nullptr};
  char* variables[] = {nullptr};
  pid_t id = 0;
  THEATER_CHECK(::posix_spawn(&id, kTrue, nullptr, nullptr, words, variables) == 0);
  int status = 0;
  THEATER_CHECK(::waitpid(id, &status, 0) == id && status == 0);
}

void run_inside(const CommandSandbox& wall) {
  CommandProcess process = *start_process(start_of(kTrue, {"true"}), wall);
  THEATER_CHECK(collect_exit_code(process) == 0);
}

// By turns, so that what else the machine does hits all.
void compare_starts() {
  const SandboxFeatures& machine = SandboxFeatures::of_machine();
  std::map<std::string, std::function<void()>> ways;
  ways["process.bare"] = run_bare;
  ways["process.filter"] = [] { run_inside(CommandSandbox::filter_only()); };
  if (machine.landlock > 0) {
    ways["process.landlock"] = [&] {
      SandboxFeatures features = machine;
      features.namespaces = false;
      run_inside(wall_of(kTrue, features));
    };
  }
  if (machine.namespaces) ways["process.namespaces"] = [&] { run_inside(wall_of(kTrue, machine)); };
  if (machine.namespaces && machine.groups.offered) {
    ways["process.ungrouped"] = [&] {
      SandboxFeatures features = machine;
      features.groups = {};
      run_inside(wall_of(kTrue, features));
    };
  }
  std::map<std::string, std::vector<double>> took;
  for (size_t round = 0; round < amount(500, 2); ++round) {
    for (const auto& [name, run] : ways) {
      auto begin = std::chrono::steady_clock::now();
      run();
      took[name].push_back(seconds_since(begin) * 1e3);
    }
  }
  for (auto& [name, values] : took) {
    std::sort(values.begin(), values.end());
    print(name, figure_of(values), "ms",
          fmt::format(R"(, "p99": {:.4g}, "samples": {})", quantile(values, 0.99), values.size()));
  }
}

// Waits for the end, and counts.
struct Counting final : ProcessListener {
  void started(const Result<void>& result) override { THEATER_CHECK(result.has_value()); }
  size_t room(OutputStream) override { return SIZE_MAX; }
  void output(OutputStream, ByteView part) override {
    bytes += part.size();
    heard.with([](uint64_t& count) { ++count; });
    heard.notify_all();
  }
  void exited(int32_t) override {}
  void over() override {
    is_over.with([](bool& now) { now = true; });
    is_over.notify_all();
  }
  void wait() {
    is_over.wait([](bool now) { return now; }, [](bool) {});
  }

  std::atomic<uint64_t> bytes{0};
  Guarded<uint64_t> heard;
  Guarded<bool> is_over;
};

struct Running {
  std::shared_ptr<KeptProcess> process;
  std::shared_ptr<Counting> listener = std::make_shared<Counting>();
};

Running begin(ProcessKeeper& keeper, const std::string& program, std::vector<std::string> words) {
  Running running;
  CommandStart start = start_of(program, std::move(words));
  start.takes_input = true;
  CommandSandbox wall = wall_of(program, SandboxFeatures::of_machine());
  running.process = *keeper.start({std::move(start), std::move(wall)}, running.listener);
  return running;
}

void start_at_once() {
  std::vector<double> values;
  for (size_t round = 0; round < amount(5, 1); ++round) {
    ProcessKeeper keeper;
    std::vector<Running> all;
    auto start = std::chrono::steady_clock::now();
    for (size_t i = 0; i < amount(200, 3); ++i)
      all.push_back(begin(keeper, kTrue, {"true"}));
    for (Running& one : all)
      one.listener->wait();
    values.push_back(seconds_since(start));
  }
  print("process.at_once", figure_of(std::move(values)), "s", R"(, "programs": 200)");
}

void write_without_end() {
  ProcessKeeper keeper;
  Running echo = begin(keeper, "/bin/cat", {"cat"});
  Running flood = begin(keeper, "/bin/cat", {"cat", "/dev/zero"});
  std::vector<double> answers;
  auto start = std::chrono::steady_clock::now();
  while (seconds_since(start) < (kQuick ? 0.2 : 5.0)) {
    uint64_t before = echo.listener->heard.with([](uint64_t count) { return count; });
    auto asked = std::chrono::steady_clock::now();
    THEATER_CHECK(echo.process->reserve_input(1) == 1u);
    echo.process->put_input(as_bytes("x"));
    echo.listener->heard.wait([&](uint64_t count) { return count > before; }, [](uint64_t) {});
    answers.push_back(seconds_since(asked) * 1e3);
  }
  double taken = static_cast<double>(flood.listener->bytes) / seconds_since(start) / (1 << 30);
  flood.process->kill();
  echo.process->kill();
  flood.listener->wait();
  echo.listener->wait();
  std::sort(answers.begin(), answers.end());
  print("process.flood", figure_of({taken}), "GiB/s");
  print("process.beside_flood", figure_of({quantile(answers, 0.99)}), "ms",
        fmt::format(R"(, "p50": {:.4g}, "answers": {})", quantile(answers, 0.5), answers.size()));
}

const Benchmark kBenchmark("process", [](int, char**) {
  if (!check_level(SandboxFeatures::of_machine())) return 77;
  compare_starts();
  start_at_once();
  write_without_end();
  return 0;
});

}  // namespace

}  // namespace theater::bench::process_bench
