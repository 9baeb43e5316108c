// `theater logs`: the log lines of a server and of its actors.
#pragma once

#include "theater/cli/options/command.h"
#include "theater/cli/options/server_choice.h"

#include <cstdint>
#include <optional>
#include <string>

namespace theater::cli {

struct LogsOptions {
  ServerChoice server;
  std::string actor;  // Empty for all lines.
  std::optional<uint64_t> last;
  bool follow = false;
  bool json = false;
};

extern const CommandOf<LogsOptions> kLogsCommand;

}  // namespace theater::cli
