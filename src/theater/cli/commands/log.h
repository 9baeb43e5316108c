// `theater log …`: the commands that show what is on record, except `show` and `export`.
#pragma once

#include "theater/cli/options/command.h"

#include <cstdint>
#include <filesystem>
#include <string>

namespace theater::cli {

extern const CommandHelp kLogGroup;

struct LogListOptions {
  std::filesystem::path home;  // As given; empty for the default. So in all commands.
  bool json = false;
};

extern const CommandOf<LogListOptions> kLogListCommand;

struct LogHeadOptions {
  std::filesystem::path home;
  std::string actor;  // An actor or an export; empty for the whole log.
  bool json = false;
};

extern const CommandOf<LogHeadOptions> kLogHeadCommand;

struct LogKeyOptions {
  std::filesystem::path home;
  bool json = false;
};

extern const CommandOf<LogKeyOptions> kLogKeyCommand;

struct LogProofOptions {
  std::filesystem::path home;
  std::string actor;
  uint64_t seq = 0;
  bool json = false;
};

extern const CommandOf<LogProofOptions> kLogProofCommand;

struct LogCheckpointOptions {
  std::filesystem::path home;
  std::filesystem::path since;  // A kept checkpoint; empty for none.
  bool json = false;
};

extern const CommandOf<LogCheckpointOptions> kLogCheckpointCommand;

struct LogSizeOptions {
  std::filesystem::path home;
  bool json = false;
};

extern const CommandOf<LogSizeOptions> kLogSizeCommand;

}  // namespace theater::cli
