// server.ready: milliseconds from the start of `theater server` in an empty home until it says where
// it listens.
#include <fmt/format.h>

#include <chrono>
#include <vector>

#include "../measure.h"
#include "groups.h"
#include "server_process.h"

namespace theater::bench {

void measure_readiness(const Setup& setup) {
  std::vector<double> runs;
  bool pinned = false;
  for (int run = 0; run < kRuns; ++run) {
    ServerProcess server(setup.program, setup.below);
    pinned = server.pinned();
    runs.push_back(std::chrono::duration<double, std::milli>(server.starting_time()).count());
  }
  print("server.ready", figure_of(std::move(runs)), "ms", fmt::format(R"(, "pinned": {})", pinned));
}

}  // namespace theater::bench
