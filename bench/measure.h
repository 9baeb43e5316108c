// Timing for the benchmark programs: repeated runs, the best of them and their spread, one JSON
// line each.
//
// The best run is the figure: on a shared machine everything else that happens only adds. The
// spread is what a reader needs to judge a ratio of two figures.
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace theater::bench {

inline constexpr int kRuns = 7;
inline constexpr std::chrono::milliseconds kRunTime{250};

inline double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

struct Figure {
  double best = 0;
  double median = 0;
  double worst = 0;
};

inline Figure figure_of(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return {values.front(), values[values.size() / 2], values.back()};
}

// Microseconds a call of `work`, which does `units` units of work, over runs of at least kRunTime.
template <class Work>
Figure microseconds_per_unit(double units, Work&& work) {
  work();
  std::vector<double> runs;
  for (int run = 0; run < kRuns; ++run) {
    uint64_t calls = 0;
    auto start = std::chrono::steady_clock::now();
    double seconds = 0;
    do {
      for (int i = 0; i < 16; ++i)
        work();
      calls += 16;
      seconds = seconds_since(start);
    } while (seconds < std::chrono::duration<double>(kRunTime).count());
    runs.push_back(seconds * 1e6 / (static_cast<double>(calls) * units));
  }
  return figure_of(std::move(runs));
}

// `extra` is further JSON members, beginning with a comma, or empty.
inline void print(std::string_view id, const Figure& figure, std::string_view unit,
                  std::string_view extra = "") {
  fmt::print(
      R"({{"bench": "{}", "value": {:.4g}, "unit": "{}", "median": {:.4g}, "worst": {:.4g}, "runs": {}, )"
      R"("cores": {}, "compiler": "g++ {}"{}}})"
      "\n",
      id, figure.best, unit, figure.median, figure.worst, kRuns,
      std::thread::hardware_concurrency(), __VERSION__, extra);
  std::fflush(stdout);
}

}  // namespace theater::bench
