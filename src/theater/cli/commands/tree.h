// `theater tree`: the actors of a server below their parents.
#pragma once

#include "theater/cli/options/command.h"
#include "theater/cli/options/server_choice.h"

#include <string>

namespace theater::cli {

struct TreeOptions {
  ServerChoice server;
  std::string actor;  // Empty for all roots.
  bool json = false;
};

extern const CommandOf<TreeOptions> kTreeCommand;

}  // namespace theater::cli
