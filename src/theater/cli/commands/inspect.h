// `theater inspect`: what a component imports, exports and needs, or what a server's actor does.
#pragma once

#include "theater/cli/options/command.h"
#include "theater/cli/options/server_choice.h"

#include <filesystem>
#include <string>
#include <vector>

namespace theater::cli {

struct InspectOptions {
  // A component or a manifest, which may hold an address, or an actor on a server.
  std::filesystem::path file;
  std::vector<std::string> private_hosts;
  ServerChoice server;
  bool json = false;
};

extern const CommandOf<InspectOptions> kInspectCommand;

}  // namespace theater::cli
