// A sentence about what happened, for people.
#pragma once

#include "theater/log/event/bodies.h"
#include "theater/log/event/function_table.h"

#include <string>

namespace theater::log {

// The function that a body names by index; none where it names none.
std::optional<uint32_t> function_of(const Body& body);

// "Called theater:simple/runtime/log with 6 bytes." One line whatever the body's texts hold; a
// function that is not in the table is shown by its number.
std::string describe(const Body& body, const FunctionTable& functions);

}  // namespace theater::log
