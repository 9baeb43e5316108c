// Processes, which the host of a unit test has too.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace theater::process {

// How output is cut into calls.
enum class OutputMode : uint8_t {
  kRaw,         // What there is, at most `buffer_size` bytes.
  kLineByLine,  // A line with its line feed; a longer one than `buffer_size` comes in pieces.
  kJson,        // A line that is a JSON value; others are dropped.
  kChunked,     // Exactly `chunk_size` bytes, and the rest at the end.
};

struct Config {
  std::string program;  // A name, or an absolute path.
  std::vector<std::string> args = {};
  // An absolute path. Without it the granted folder, if there is exactly one; or else none.
  std::optional<std::string> cwd = std::nullopt;
  std::vector<std::pair<std::string, std::string>> env = {};
  uint32_t buffer_size = 16'384;
  OutputMode stdout_mode = OutputMode::kRaw;
  OutputMode stderr_mode = OutputMode::kRaw;
  std::optional<uint32_t> chunk_size = std::nullopt;  // Without it `buffer_size`.
  // Seconds until the program gets SIGTERM, and five seconds later SIGKILL.
  std::optional<uint64_t> timeout_s = std::nullopt;
};

struct Info {
  bool is_running = false;
  std::optional<int32_t> exit_code = std::nullopt;
  uint64_t start_time_ms = 0;  // Since 1970.
};

enum class Signal : uint32_t {
  kHangUp = 1,
  kInterrupt = 2,
  kQuit = 3,
  kKill = 9,
  kUser1 = 10,
  kUser2 = 12,
  kTerminate = 15,
  kContinue = 18,
  kStop = 19,
};

// The exit code of a program that a signal ended.
inline int32_t exit_code_of(Signal signal) {
  return 128 + static_cast<int32_t>(signal);
}

// The exit code of a process that was lost with the actor's instance.
inline constexpr int32_t kLost = -1;

}  // namespace theater::process
