// `theater node`: what a server says of itself.
#pragma once

#include "theater/cli/options/command.h"
#include "theater/cli/options/server_choice.h"

namespace theater::cli {

struct NodeStatusOptions {
  ServerChoice server;
  bool json = false;
};

extern const CommandOf<NodeStatusOptions> kNodeCommand;

}  // namespace theater::cli
