// Timing for the benchmark programs: repeated runs, the best of them and their spread, one JSON
// line each.
//
// The best run is the figure: on a shared machine everything else that happens only adds. The
// spread is what a reader needs to judge a ratio of two figures.
//
// With THEATER_BENCH_QUICK in the environment everything is done once and little of it: to see that
// a program works, not to measure.
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <ctime>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace theater::bench {

inline const bool kQuick = std::getenv("THEATER_BENCH_QUICK") != nullptr;
inline const int kRuns = kQuick ? 1 : 7;
inline const std::chrono::milliseconds kRunTime{kQuick ? 1 : 250};

// How much of something to do: all, or enough to see that it works.
inline size_t amount(size_t all, size_t quick) {
  return kQuick ? quick : all;
}

inline double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

// What some work took: by the clock, and of the processors by all threads of the process. The
// latter says more while the machine is busy with other things.
struct Cost {
  double seconds = 0;
  double cpu_seconds = 0;
};

inline double cpu_seconds() {
  timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

template <class Work>
Cost cost_of(Work&& work) {
  double cpu = cpu_seconds();
  auto start = std::chrono::steady_clock::now();
  work();
  return {seconds_since(start), cpu_seconds() - cpu};
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

// The same where more is better.
inline Figure highest_of(std::vector<double> values) {
  Figure figure = figure_of(std::move(values));
  return {figure.worst, figure.median, figure.best};
}

// Figures of what one unit of the work took, in microseconds.
struct CostFigure {
  Figure wall;
  Figure cpu;
};

inline CostFigure cost_per_unit(const std::vector<Cost>& runs, size_t units) {
  std::vector<double> wall;
  std::vector<double> cpu;
  for (const Cost& run : runs) {
    wall.push_back(run.seconds * 1e6 / static_cast<double>(units));
    cpu.push_back(run.cpu_seconds * 1e6 / static_cast<double>(units));
  }
  return {figure_of(std::move(wall)), figure_of(std::move(cpu))};
}

// The value that `share` of the sorted values are not above.
inline double quantile(const std::vector<double>& sorted, double share) {
  return sorted[static_cast<size_t>(share * static_cast<double>(sorted.size() - 1))];
}

// Microseconds a call of `work`, which does `units` units of work, over runs of at least kRunTime.
template <class Work>
CostFigure microseconds_per_unit(double units, Work&& work) {
  work();
  std::vector<Cost> runs;
  for (int run = 0; run < kRuns; ++run) {
    double calls = 0;
    Cost cost = cost_of([&] {
      auto start = std::chrono::steady_clock::now();
      do {
        for (int i = 0; i < 16; ++i)
          work();
        calls += 16;
      } while (seconds_since(start) < std::chrono::duration<double>(kRunTime).count());
    });
    runs.push_back({cost.seconds / (calls * units), cost.cpu_seconds / (calls * units)});
  }
  return cost_per_unit(runs, 1);
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

// With the processor time of the best run.
inline void print(std::string_view id, const CostFigure& figure, std::string_view unit,
                  std::string_view extra = "") {
  print(id, figure.wall, unit, fmt::format(R"(, "cpu_us": {:.4g}{})", figure.cpu.best, extra));
}

}  // namespace theater::bench
