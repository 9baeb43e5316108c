// How many requests the API refused, and a log line about them: at most one in kPeriod, however many
// there are.
#pragma once

#include "theater/api/refusal_counts.h"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

namespace theater::api {

// Since the start of the server.
struct RefusalTotals {
  uint64_t authentication = 0;  // The client showed no right: RefusalReason::kToken and kUser.
  uint64_t permission = 0;      // Its right was too narrow: kScope and kSubtree.

  bool operator==(const RefusalTotals&) const = default;
};

// Not thread-safe. Times are of one steady clock.
class RefusalLines {
 public:
  using Time = RefusalCounts::Time;
  static constexpr std::chrono::seconds kPeriod{1};

  void add(const RefusedRequest& refused);
  const RefusalTotals& totals() const { return totals_; }

  // A line about what was added since the line before it; none if nothing was, or if that line is
  // younger than kPeriod.
  std::optional<std::string> due(Time now);

 private:
  RefusalTotals totals_;
  uint64_t added_ = 0;  // Since the last line.
  std::string last_;
  std::optional<Time> said_;
};

}  // namespace theater::api
