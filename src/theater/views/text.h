// Words and numbers that several views write alike.
#pragma once

#include "theater/base/id.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace theater::views {

// ", 3 recomputable by a replay"; nothing for none. It follows a count of bodies.
std::string recomputable_text(uint64_t count);

// "1 event", "2 events".
std::string counted(uint64_t number, std::string_view what);

// Microseconds since 1970 as "2026-01-31T12:00:00.000000Z".
std::string utc_text(uint64_t time_us);

// The first 12 digits of an id.
std::string short_id(const ActorId& id);

// A duration in about three digits: "950 ns", "12.3 us", "1.20 s".
std::string duration_text(uint64_t ns);

// A number of bytes in about three digits: "950 B", "12.3 KiB".
std::string bytes_text(uint64_t bytes);

}  // namespace theater::views
