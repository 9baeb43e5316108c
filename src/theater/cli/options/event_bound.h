// Where a listing of events begins or ends, as an operator writes it: a position or a time.
//
//   42                     the event at this position of the chain
//   1795428000             a time in seconds since 1970: a number of ten digits or more
//   2026-11-23T10:00:00Z   an RFC 3339 time, also with a fraction or an offset; or a date
//   90s  45m  1h  2d       so long before now
#pragma once

#include "theater/base/result.h"

#include <cstdint>
#include <optional>
#include <string_view>

namespace theater::cli {

// A number from here on is a time. No chain is so long, and in 2001 nothing was recorded.
inline constexpr uint64_t kFirstUnixSecond = 1'000'000'000;

// Value type; one of the two is there.
struct EventBound {
  std::optional<uint64_t> position = {};
  std::optional<uint64_t> time_us = {};  // Microseconds since 1970.

  bool operator==(const EventBound&) const = default;
};

// Fails with kInvalidArgument for another text, for a date that no calendar has, and for a duration
// that ends before 1970.
Result<EventBound> parse_event_bound(std::string_view text, uint64_t now_us);

}  // namespace theater::cli
