// A line for the people who run Theater, as a value: log.h makes it and writes it.
#pragma once

#include "theater/base/id.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

namespace theater {

enum class LogLevel : uint8_t { kDebug, kInfo, kWarn, kError, kOff };

// The lane whose room a line takes.
enum class LogLane : uint8_t { kNode, kGuests };
inline constexpr size_t kLogLanes = 2;

// How lines are written.
enum class LogFormat : uint8_t { kHuman, kJson };

// All texts are one line: control characters are escaped.
struct LogEntry {
  LogLevel level = LogLevel::kInfo;
  LogLane lane = LogLane::kNode;
  std::chrono::system_clock::time_point time;
  std::string part;   // Module or handler; empty for none.
  std::string actor;  // Name of the actor that the line is about; empty for none.
  std::optional<ActorId> id = {};
  std::string text = {};

  size_t bytes() const { return part.size() + actor.size() + text.size(); }
};

// The name of a level, as lines have it.
const char* log_level_name(LogLevel level);

// The line without time, level and line break: `[part] actor: text`, or the members of a JSON
// object.
std::string log_text(const LogEntry& entry, LogFormat format);

}  // namespace theater
