// `theater update`: gives a living actor new code.
#pragma once

#include "theater/cli/options/command.h"
#include "theater/cli/options/server_choice.h"

#include <filesystem>
#include <string>
#include <vector>

namespace theater::cli {

struct UpdateOptions {
  ServerChoice server;
  std::string actor;
  std::filesystem::path code;  // A component or a manifest; may hold an address.
  std::vector<std::string> grants;
  bool json = false;
};

extern const CommandOf<UpdateOptions> kUpdateCommand;

}  // namespace theater::cli
