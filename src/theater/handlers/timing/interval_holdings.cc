#include "theater/handlers/timing/interval_holdings.h"

#include "theater/base/check.h"

#include <tuple>
#include <utility>

namespace theater {

Result<std::vector<HeldInterval>> read_held_intervals(ByteView held) {
  auto intervals = THEATER_TRY(wit::decode<std::vector<HeldInterval>>(held));
  const std::string* before = nullptr;
  for (const HeldInterval& interval : intervals) {
    if (interval.name.empty() || (before != nullptr && interval.name <= *before)) {
      return fail(ErrorCode::kInvalidArgument, "interval `{}` is out of order", interval.name);
    }
    if (interval.period_ms == 0) {
      return fail(ErrorCode::kInvalidArgument, "interval `{}` has no length", interval.name);
    }
    before = &interval.name;
  }
  return intervals;
}

Result<void> IntervalHoldings::begin(ByteView held) {
  std::vector<HeldInterval> intervals = THEATER_TRY(read_held_intervals(held));
  periods_ms_.clear();
  for (HeldInterval& interval : intervals)
    periods_ms_.emplace(std::move(interval.name), interval.period_ms);
  return {};
}

void IntervalHoldings::take(std::string_view function, ByteView arguments, ByteView) {
  if (function == "start-interval") {
    auto started = wit::decode<std::tuple<std::string, uint64_t>>(arguments);
    THEATER_CHECK(started.has_value(), "{}", started.error().to_string());
    periods_ms_.insert_or_assign(std::get<0>(*started), std::get<1>(*started));
  } else {
    auto stopped = wit::decode<std::tuple<std::string>>(arguments);
    THEATER_CHECK(stopped.has_value(), "{}", stopped.error().to_string());
    periods_ms_.erase(std::get<0>(*stopped));
  }
}

std::optional<Bytes> IntervalHoldings::held() const {
  if (periods_ms_.empty()) return std::nullopt;
  std::vector<HeldInterval> intervals;
  for (const auto& [name, period_ms] : periods_ms_)
    intervals.push_back({name, period_ms});
  return wit::encode(intervals);
}

}  // namespace theater
