// What each of many took in each of some runs: the median of the best run is the figure.
#pragma once

#include <algorithm>
#include <chrono>
#include <string_view>
#include <utility>
#include <vector>

#include "measure.h"

namespace theater::bench {

// In microseconds. For one thread.
class Latencies {
 public:
  void begin_run() { runs_.emplace_back(); }
  template <class Work>
  void time(Work&& work) {
    auto start = std::chrono::steady_clock::now();
    work();
    add(seconds_since(start) * 1e6);
  }
  void add(double microseconds) { runs_.back().push_back(microseconds); }

  // Of the medians of the runs.
  Figure figure() {
    std::vector<double> medians;
    for (std::vector<double>& run : runs_) {
      std::sort(run.begin(), run.end());
      medians.push_back(quantile(run, 0.5));
    }
    return figure_of(std::move(medians));
  }

  // Prints the figure with the p99 of the best run; `extra` as for print().
  void report(std::string_view id, std::string_view extra = "") {
    Figure medians = figure();
    const std::vector<double>& best = *std::min_element(
        runs_.begin(), runs_.end(),
        [](const auto& a, const auto& b) { return quantile(a, 0.5) < quantile(b, 0.5); });
    double sum = 0;
    for (double one : best)
      sum += one;
    print(id, medians, "us",
          fmt::format(R"(, "p99": {:.1f}, "per_second": {:.0f}{})", quantile(best, 0.99),
                      1e6 * static_cast<double>(best.size()) / sum, extra));
  }

 private:
  std::vector<std::vector<double>> runs_;
};

}  // namespace theater::bench
