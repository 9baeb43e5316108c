#include "theater/base/log.h"

#include "theater/base/line_queue.h"
#include "theater/base/log_history.h"
#include "theater/base/printable.h"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <atomic>
#include <memory>
#include <utility>

namespace theater {

namespace {

std::atomic<LogFormat> g_format = LogFormat::kHuman;  // The queue's thread reads it.
std::atomic<bool> g_has_queue = false;

// Never destroyed, as the queue below.
std::shared_ptr<LogHistory>& history() {
  static auto* instance = new std::shared_ptr<LogHistory>();  // tidy: owned by the process
  return *instance;
}

std::shared_ptr<spdlog::logger> make_logger() {
  auto logger = std::make_shared<spdlog::logger>("theater",
                                                 std::make_shared<spdlog::sinks::stderr_sink_mt>());
  logger->set_pattern("%Y-%m-%dT%H:%M:%S.%eZ %l %v", spdlog::pattern_time_type::utc);
  logger->set_error_handler([](const std::string&) {});
  return logger;
}

// Never destroyed, since the queue's thread may use it while the process ends.
spdlog::logger& logger() {
  static auto* instance =
      new std::shared_ptr<spdlog::logger>(make_logger());  // tidy: owned by the process
  return **instance;
}

spdlog::level::level_enum to_spdlog(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug:
      return spdlog::level::debug;
    case LogLevel::kInfo:
      return spdlog::level::info;
    case LogLevel::kWarn:
      return spdlog::level::warn;
    case LogLevel::kError:
      return spdlog::level::err;
    case LogLevel::kOff:
      return spdlog::level::off;
  }
  return spdlog::level::off;
}

LogEntry left_out(LogLane lane, uint64_t lines) {
  return log_entry(LogLane::kNode, LogLevel::kWarn, {.actor = {}, .part = "log"},
                   fmt::format("{} lines of {} are left out: they came faster than standard error "
                               "was read",
                               lines, lane == LogLane::kGuests ? "actors" : "the node"));
}

// Never destroyed: a thread that says something while the process ends finds it, and a reader who
// stalls does not keep the process from its end.
LineQueue& queue() {
  auto write = [](const LogEntry& entry) {
    logger().log(entry.time, spdlog::source_loc{}, to_spdlog(entry.level),
                 log_text(entry, g_format));
  };
  static auto* queue = new LineQueue(write, left_out);  // tidy: owned by the process
  g_has_queue = true;
  return *queue;
}

}  // namespace

LogLevel log_level_from(std::string_view name) {
  if (name == "debug" || name == "trace") return LogLevel::kDebug;
  if (name == "warn" || name == "warning") return LogLevel::kWarn;
  if (name == "error") return LogLevel::kError;
  if (name == "off") return LogLevel::kOff;
  return LogLevel::kInfo;
}

void configure_log(LogLevel level, LogFormat format, std::shared_ptr<LogHistory> kept) {
  g_format = format;
  history() = std::move(kept);
  logger().set_level(to_spdlog(level));
  if (format == LogFormat::kJson) {
    logger().set_pattern(R"({"time":"%Y-%m-%dT%H:%M:%S.%eZ","level":"%l",%v})",
                         spdlog::pattern_time_type::utc);
  }
}

bool log_enabled(LogLevel level) {
  return logger().should_log(to_spdlog(level));
}

LogEntry log_entry(LogLane lane, LogLevel level, const LogSource& source, std::string_view all) {
  std::string_view text = all;
  std::string cut;
  if (lane == LogLane::kGuests && text.size() > kGuestTextMax) {
    cut = fmt::format(" [cut after {} of {} bytes]", kGuestTextMax, all.size());
    text = all.substr(0, kGuestTextMax);
  }
  return {.level = level,
          .lane = lane,
          .time = std::chrono::system_clock::now(),
          .part = escape_control(source.part),
          .actor = escape_control(source.actor),
          .id = source.id,
          .text = escape_control(text) + cut};
}

void write_log(LogEntry entry) {
  if (history() != nullptr) history()->add(entry);
  queue().push(std::move(entry));
}

bool flush_log(std::chrono::milliseconds limit) {
  // Most commands say nothing, and need no thread for it.
  return !g_has_queue || queue().flush(limit);
}

}  // namespace theater
