// `theater replay`: runs an actor again from its record, and compares.
#pragma once

#include "theater/cli/options/command.h"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

namespace theater::cli {

struct ReplayOptions {
  std::filesystem::path home;
  std::string actor;  // An actor or an export.
  std::optional<uint64_t> until;
  std::filesystem::path component;  // Empty for the recorded component.
  bool state = false;
  bool json = false;
};

extern const CommandOf<ReplayOptions> kReplayCommand;

}  // namespace theater::cli
