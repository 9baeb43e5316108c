// actors.live: how many guests live at once, and what each costs while it is idle. Run with the
// folder of the guests and, as a second argument, how many to make (100,000 if missing). Each guest
// is called once with 64 bytes of state, so that it has touched what a used actor touches.
#include <cstdlib>
#include <fstream>
#include <string>

#include "guest_runner.h"
#include "measure.h"

namespace {

using namespace theater;
using namespace theater::bench;

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

}  // namespace

int main(int argc, char** argv) {
  std::string guests = argc > 1 ? argv[1] : "bench/guests";
  size_t count = argc > 2 ? std::strtoul(argv[2], nullptr, 10) : 100'000;
  auto engine = expect(engine::Engine::create());
  auto program = bench_program(*engine, guests);
  Bytes args = Runner::handle_args(64);
  std::vector<std::unique_ptr<Runner>> live;
  live.reserve(count);
  double before = resident_kib();
  auto start = std::chrono::steady_clock::now();
  for (size_t i = 0; i < count; ++i) {
    live.push_back(std::make_unique<Runner>(program));
    live.back()->call(live.back()->find("handle"), args);
  }
  double seconds = seconds_since(start);
  double each = (resident_kib() - before) / static_cast<double>(count);
  // Every one of them still answers.
  for (auto& runner : live)
    runner->call(runner->find("handle"), args);
  fmt::print(R"({{"bench": "actors.live", "value": {}, "unit": "instances", "kib_each": {:.2f}, )"
             R"("mappings": {}, "spawn_and_call_us": {:.2f}}})"
             "\n",
             live.size(), each, mappings(), seconds * 1e6 / static_cast<double>(count));
}
