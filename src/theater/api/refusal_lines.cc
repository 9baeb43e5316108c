#include "theater/api/refusal_lines.h"

#include <fmt/format.h>

#include <utility>

namespace theater::api {

void RefusalLines::add(const RefusedRequest& refused) {
  bool has_no_right =
      refused.reason == RefusalReason::kToken || refused.reason == RefusalReason::kUser;
  ++(has_no_right ? totals_.authentication : totals_.permission);
  ++added_;
  last_ = fmt::format("{} (reason: {})", refused.client, refusal_reason_name(refused.reason));
}

std::optional<std::string> RefusalLines::due(Time now) {
  if (added_ == 0 || (said_ && now - *said_ < kPeriod)) return std::nullopt;
  said_ = now;
  return fmt::format(
      "requests refused: {}, the last of {}; since the start {} without a right and {} "
      "beyond a right",
      std::exchange(added_, 0), last_, totals_.authentication, totals_.permission);
}

}  // namespace theater::api
