// Logging with a level.
//
// Theater's `runtime.log` exists in two forms, and a component imports one of them. Including this
// header in the file that has THEATER_ACTOR picks the form with a level; theater::log(message) then
// logs at level info. In an actor of several files, include it in every one that logs with a level.
#pragma once

#include "theater/actor.hpp"

#include <string_view>

namespace theater {

enum class Level : uint8_t { kDebug, kInfo, kWarn, kError };

// The level's name in WIT.
constexpr std::string_view level_name(Level level) {
  switch (level) {
    case Level::kDebug:
      return "debug";
    case Level::kInfo:
      return "info";
    case Level::kWarn:
      return "warn";
    case Level::kError:
      return "error";
  }
  return "info";
}

// Writes a line to the actor's log.
Status log(Level level, std::string_view message);

}  // namespace theater

#if defined(__wasm__) && !defined(THEATER_NATIVE)
#include "theater/detail/wasm_levelled_log.hpp"
#else
#include "theater/detail/native_levelled_log.hpp"
#endif
