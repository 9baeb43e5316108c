// The end of a token's life, as an operator writes it.
#pragma once

#include "theater/base/result.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace theater {

// The time that `text` means at `now_us`, in microseconds since 1970: a date `2026-12-31`, which
// ends a token when that day begins in UTC, a time `2026-12-31T12:00:00Z`, or a duration from now:
// `90s`, `45m`, `12h`, `30d`. Fails with kInvalidArgument for another text, for a date that no
// calendar has, and for a time that is not after `now_us`.
Result<uint64_t> parse_expiry(std::string_view text, uint64_t now_us);

}  // namespace theater
