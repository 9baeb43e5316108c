// `theater state`: the state that an actor on a server keeps.
#pragma once

#include "theater/cli/options/command.h"
#include "theater/cli/options/server_choice.h"

#include <string>

namespace theater::cli {

struct StateOptions {
  ServerChoice server;
  std::string actor;
  bool json = false;
};

extern const CommandOf<StateOptions> kStateCommand;

}  // namespace theater::cli
