#include "theater/actor/handler/metric_table.h"

#include <fmt/format.h>

#include <algorithm>

namespace theater {

tl::expected<void, std::string> MetricTable::record(std::string_view name, double value) {
  bool has_room = metrics_.with([&](CustomMetrics& metrics) {
    auto found = metrics.find(name);
    if (found == metrics.end()) {
      if (metrics.size() == kNamesMax) return false;
      found = metrics.emplace(name, CustomMetric{0, value, 0, value, value}).first;
    }
    CustomMetric& metric = found->second;
    ++metric.count;
    metric.last = value;
    metric.sum += value;
    metric.min = std::min(metric.min, value);
    metric.max = std::max(metric.max, value);
    return true;
  });
  if (has_room) return {};
  return tl::unexpected(
      fmt::format("there are {} metrics of this actor, which is the limit; record under one of "
                  "their names",
                  kNamesMax));
}

CustomMetrics MetricTable::copy() const {
  return metrics_.with([](const CustomMetrics& metrics) { return metrics; });
}

}  // namespace theater
