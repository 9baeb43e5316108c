// `theater log export`: one file with everything that proves and replays one actor.
#pragma once

#include "theater/cli/options/command.h"

#include <filesystem>
#include <string>

namespace theater::cli {

struct LogExportOptions {
  std::filesystem::path home;
  std::string actor;
  std::filesystem::path output;
  std::filesystem::path since;  // A kept checkpoint; empty for none.
  bool without_bodies = false;
  bool json = false;
};

extern const CommandOf<LogExportOptions> kLogExportCommand;

}  // namespace theater::cli
