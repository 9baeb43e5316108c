// Log lines for the people who run Theater: to stderr, human or JSON, never part of any record.
//
//   log_line(LogLevel::kInfo, {.actor = name, .part = "supervision", .id = id}, "restarted");
//
// The caller does not wait until its line is written (line_queue.h). What guests say has a lane of
// its own, so it cannot keep the node's lines from their reader.
#pragma once

#include "theater/base/log_entry.h"

#include <fmt/format.h>

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string_view>

namespace theater {

class LogHistory;

// Fails over to kInfo for an unknown name.
LogLevel log_level_from(std::string_view name);

// Sets the process's log. Call once, before other threads start; without a call, kInfo and human.
// Lines also go to `history` if there is one.
void configure_log(LogLevel level, LogFormat format, std::shared_ptr<LogHistory> history = {});

// The source of a line; empty fields are left out.
struct LogSource {
  std::string_view actor;  // Its name.
  std::string_view part;   // Module or handler.
  std::optional<ActorId> id = {};
};

bool log_enabled(LogLevel level);

// A line of the node's, or of a guest's, made now. Escapes control characters in
// `text`, so that a guest cannot forge lines, and cuts a guest's text after kGuestTextMax bytes.
inline constexpr size_t kGuestTextMax = size_t{64} << 10;
LogEntry log_entry(LogLane lane, LogLevel level, const LogSource& source, std::string_view text);

// Leaves the line for the thread that writes. Safe from any thread; a failed write is ignored, and
// a line for which the queue has no room is counted.
void write_log(LogEntry entry);

// Waits until all lines left before are written, at most for `limit`, and not at all for a reader
// who stalls; returns whether they are. Call it before writing to the same terminal by another way,
// and before the process ends: while a line is being written, exit() waits for its reader.
bool flush_log(std::chrono::milliseconds limit = std::chrono::seconds(1));

template <class... Args>
void log_line(LogLevel level, const LogSource& source, fmt::format_string<Args...> text,
              Args&&... args) {
  if (!log_enabled(level)) return;
  write_log(
      log_entry(LogLane::kNode, level, source, fmt::format(text, std::forward<Args>(args)...)));
}

}  // namespace theater
