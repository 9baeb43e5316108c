// `theater log show`: an actor's chain of events.
#pragma once

#include "theater/cli/options/command.h"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

namespace theater::cli {

struct LogShowOptions {
  std::filesystem::path home;
  std::string actor;  // An actor or an export.
  std::optional<uint64_t> from;
  bool follow = false;
  bool recompute = false;
  bool raw = false;
  bool full = false;
  bool no_pager = false;
  bool json = false;
};

extern const CommandOf<LogShowOptions> kLogShowCommand;

}  // namespace theater::cli
