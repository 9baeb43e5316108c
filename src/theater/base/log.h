// Log lines for the people who run Theater: to stderr, human or JSON, never part of any record.
//
//   log_line(LogLevel::kInfo, {.actor = id}, "restarted after {}", why);
#pragma once

#include <fmt/format.h>

#include <string>
#include <string_view>

namespace theater {

enum class LogLevel { kDebug, kInfo, kWarn, kError, kOff };

enum class LogFormat { kHuman, kJson };

// Fails over to kInfo for an unknown name.
LogLevel log_level_from(std::string_view name);

// Sets the process's log. Call once, before other threads start; without a call, kInfo and human.
void configure_log(LogLevel level, LogFormat format);

// Whose line it is; empty fields are left out.
struct LogSource {
  std::string_view actor;  // Name or id.
  std::string_view part;   // Module or handler.
};

bool log_enabled(LogLevel level);

// Writes one line; control characters in `text` are escaped, so that a guest cannot forge lines.
// Safe from any thread; a failed write is ignored.
void write_log(LogLevel level, const LogSource& source, std::string_view text);

template <class... Args>
void log_line(LogLevel level, const LogSource& source, fmt::format_string<Args...> text,
              Args&&... args) {
  if (log_enabled(level)) write_log(level, source, fmt::format(text, std::forward<Args>(args)...));
}

// `text` with control characters and invalid UTF-8 replaced by escapes such as \n and \x1b.
std::string escape_control(std::string_view text);

}  // namespace theater
