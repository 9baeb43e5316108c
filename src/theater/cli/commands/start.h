// `theater start`: starts an actor on a server.
#pragma once

#include "theater/cli/commands/start_upload.h"
#include "theater/cli/options/command.h"
#include "theater/cli/options/server_choice.h"

#include <string>
#include <vector>

namespace theater::cli {

struct StartOptions {
  ServerChoice server;
  StartSources sources;
  std::vector<std::string> private_hosts;
  std::string key;     // The idempotency key; empty for none.
  bool ready = false;  // What the server does in any case.
  bool wait = false;
  bool follow = false;
  bool signals = false;  // What --wait does in any case.
  bool json = false;
};

extern const CommandOf<StartOptions> kStartCommand;

}  // namespace theater::cli
