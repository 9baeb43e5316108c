// Words and numbers that several views write alike.
#pragma once

#include "theater/base/id.h"

#include <cstddef>
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

// Columns of a terminal that a text takes; every character counts as one.
size_t text_width(std::string_view text);

// The first `width` characters of a text, or all of it.
std::string_view first_columns(std::string_view text, size_t width);

// A text in `columns`: all of it, or its beginning, `…`, and how many characters more it has.
// Zero columns are no bound.
std::string fitted(std::string text, size_t columns);

}  // namespace theater::views
