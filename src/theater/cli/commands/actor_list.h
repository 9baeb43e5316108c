// `theater list`: the actors of a server.
#pragma once

#include "theater/cli/options/command.h"
#include "theater/cli/options/server_choice.h"

#include <string>

namespace theater::cli {

struct ListOptions {
  ServerChoice server;
  std::string state;   // Empty for every state.
  std::string name;    // Empty for every name.
  std::string parent;  // A word for an actor, `none` for roots, or empty for all.
  bool all = false;
  bool json = false;
};

extern const CommandOf<ListOptions> kListCommand;

}  // namespace theater::cli
