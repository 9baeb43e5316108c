// The groups of figures of the server benchmark. Each prints its lines, and says in its source what
// they are.
#pragma once

#include <filesystem>
#include <string>

namespace theater::bench {

// What all groups need.
struct Setup {
  std::string program;          // `theater`.
  std::string guests;           // The folder of the guests.
  std::filesystem::path below;  // Where homes are made.
};

void measure_requests(const Setup& setup);
void measure_starts(const Setup& setup);
void measure_list(const Setup& setup);
void measure_streams(const Setup& setup);
void measure_idle_streams(const Setup& setup);
void measure_readiness(const Setup& setup);
void measure_run(const Setup& setup);

}  // namespace theater::bench
