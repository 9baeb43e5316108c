// Amounts as people write them in manifests, policies and grants: "64MiB", "30s", "1000".
//
// A quantity is digits with an optional suffix of its unit. Bytes take B, KiB, MiB and GiB;
// durations take ms, s, m and h; counts take none. Without a suffix the number is in the unit
// itself. Decimal suffixes such as MB are refused, because half of their readers take them for the
// binary ones.
#pragma once

#include "theater/base/result.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace theater {

enum class Unit { kCount, kBytes, kMilliseconds };

// Fails with kInvalidArgument, quoting `text` and the suffixes that the unit takes.
Result<uint64_t> parse_quantity(std::string_view text, Unit unit);

// The shortest exact spelling, such as "64MiB" or "1500ms"; parse_quantity reads it back.
std::string format_quantity(uint64_t value, Unit unit);

}  // namespace theater
