// A line for the people who run Theater, as a value: log.h makes it and writes it.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace theater {

enum class LogLevel : uint8_t { kDebug, kInfo, kWarn, kError, kOff };

// Whose room a line takes.
enum class LogLane : uint8_t { kNode, kGuests };

// A line without its end.
struct LogEntry {
  LogLevel level = LogLevel::kInfo;
  LogLane lane = LogLane::kNode;
  std::chrono::system_clock::time_point time;
  std::string text;
};

}  // namespace theater
