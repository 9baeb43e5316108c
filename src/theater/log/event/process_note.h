// What an actor's chain says about its processes and commands besides their intents and outcomes: the
// kinds of its `noted`, each with a string.
#pragma once

#include "theater/log/event/peers.h"
#include "theater/wit/type.h"

#include <optional>
#include <string>
#include <string_view>

namespace theater::log {

// About the `intent` that starts a program: what keeps it in (`seccomp landlock-6`).
inline constexpr std::string_view kSandbox = "sandbox";

// About the `intent` of a process whose output was to be JSON: the first of it that is none.
inline constexpr std::string_view kNotJson = "not-json";

// The type of the data of such a note; none for another kind.
std::optional<wit::Type> process_note_type(std::string_view what);

// A sentence about such a note; none for another kind, and for data that is not here or no such
// value.
std::optional<std::string> process_note_text(const Noted& noted);

}  // namespace theater::log
