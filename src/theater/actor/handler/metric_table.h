// The metrics that the guest of one actor records under names of its own.
//
// They are for people and dashboards, like those of metrics.h: none is recorded in the chain.
#pragma once

#include "theater/base/guarded.h"

#include <tl/expected.hpp>

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace theater {

// The values that an actor has recorded under one name.
struct CustomMetric {
  uint64_t count = 0;
  double last = 0;
  double sum = 0;
  double min = 0;
  double max = 0;

  bool operator==(const CustomMetric&) const = default;
};

using CustomMetrics = std::map<std::string, CustomMetric, std::less<>>;

// Safe from any thread.
class MetricTable {
 public:
  static constexpr size_t kNamesMax = 256;

  // Fails, with a text for the guest, if there are kNamesMax other names.
  tl::expected<void, std::string> record(std::string_view name, double value);

  CustomMetrics copy() const;

 private:
  mutable Guarded<CustomMetrics> metrics_;
};

}  // namespace theater
