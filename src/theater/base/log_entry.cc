#include "theater/base/log_entry.h"

#include <fmt/format.h>

#include <string_view>

namespace theater {

namespace {

// The body of a JSON string. Control characters are escaped already, with backslashes that are
// doubled here.
std::string json_escape(std::string_view text) {
  std::string out;
  for (char c : text) {
    if (c == '"' || c == '\\') out.push_back('\\');
    out.push_back(c);
  }
  return out;
}

std::string human_text(const LogEntry& entry) {
  std::string line;
  if (!entry.part.empty()) line += "[" + entry.part + "] ";
  if (!entry.actor.empty()) line += entry.actor + ": ";
  return line + entry.text;
}

std::string json_text(const LogEntry& entry) {
  std::string line;
  if (!entry.part.empty()) line += fmt::format(R"("part":"{}",)", json_escape(entry.part));
  if (!entry.actor.empty()) line += fmt::format(R"("actor":"{}",)", json_escape(entry.actor));
  if (entry.id) line += fmt::format(R"("id":"{}",)", entry.id->to_string());
  return line + fmt::format(R"("message":"{}")", json_escape(entry.text));
}

}  // namespace

const char* log_level_name(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug:
      return "debug";
    case LogLevel::kInfo:
      return "info";
    case LogLevel::kWarn:
      return "warning";
    case LogLevel::kError:
      return "error";
    case LogLevel::kOff:
      return "off";
  }
  return "off";
}

std::string log_text(const LogEntry& entry, LogFormat format) {
  return format == LogFormat::kJson ? json_text(entry) : human_text(entry);
}

}  // namespace theater
