// Actors of a server, as people read them.
//
// The functions take actors as the API describes them. A member that is missing or has another type
// shows as `-`.
#pragma once

#include "theater/cli/terminal/table.h"
#include "theater/views/json.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace theater::cli {

// Microseconds since 1970 of a time such as 2026-11-23T10:00:00.000Z; none for another text.
std::optional<uint64_t> read_utc(std::string_view text);

// The time from `since` until `now` in its largest unit: "12s", "3m", "5h", "2d".
std::string age_text(uint64_t since_us, uint64_t now_us);

// A table of actors; its rows by actor_row(). FOR is the time in the state, and AGE that since the
// start. FUNCTION is the one that runs, else the step of a start, else the newest that has run.
Table actor_table();
std::vector<Cell> actor_row(const views::Json& actor, uint64_t now_us);

// What is known of one actor, one fact a line.
std::string actor_facts(const views::Json& actor, uint64_t now_us);

// A warning about an actor that has been in its set-up or in one call for more than 30 s, with the
// step or the function; none for any other actor.
std::optional<std::string> slow_warning(const views::Json& actor, uint64_t now_us);

// A member as text; `otherwise` if it is missing or null.
std::string member_text(const views::Json& object, const char* name,
                        std::string_view otherwise = "-");

// The beginning of an actor's id.
std::string short_id_of(const views::Json& actor);

// Prints the warnings that came with an actor's code, on standard error.
void print_warnings(const views::Json& actor);

// The colour of an actor's state, for Screen::coloured().
std::string_view state_colour(std::string_view state);

}  // namespace theater::cli
