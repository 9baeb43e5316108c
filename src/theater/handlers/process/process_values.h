// The types of theater:simple/process.
#pragma once

#include "theater/wit/alternative.h"
#include "theater/wit/traits.h"

#include <boost/describe.hpp>
#include <tl/expected.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <tuple>
#include <variant>
#include <vector>

namespace theater {

using OutputMode = std::variant<wit::Alternative<"raw">, wit::Alternative<"line-by-line">,
                                wit::Alternative<"json">, wit::Alternative<"chunked">>;

struct ProcessConfig {
  std::string program;
  std::vector<std::string> args;
  std::optional<std::string> cwd;
  std::vector<std::tuple<std::string, std::string>> env;
  uint32_t buffer_size = 0;
  OutputMode stdout_mode;
  OutputMode stderr_mode;
  std::optional<uint32_t> chunk_size;
  std::optional<uint64_t> execution_timeout;  // In seconds.

  bool operator==(const ProcessConfig&) const = default;
};
BOOST_DESCRIBE_STRUCT(ProcessConfig, (),
                      (program, args, cwd, env, buffer_size, stdout_mode, stderr_mode, chunk_size,
                       execution_timeout))

struct ProcessStatus {
  uint64_t pid = 0;
  bool running = false;
  std::optional<int32_t> exit_code;
  uint64_t start_time = 0;  // In milliseconds since 1970.

  bool operator==(const ProcessStatus&) const = default;
};
BOOST_DESCRIBE_STRUCT(ProcessStatus, (), (pid, running, exit_code, start_time))

// The exit code of a process that was lost with its instance or with the node. No process ends with
// it by itself.
inline constexpr int32_t kLostExitCode = -1;

}  // namespace theater
