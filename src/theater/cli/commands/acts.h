// `theater stop`, `kill`, `pause`, `resume` and `restart`, by which an operator controls actors.
#pragma once

#include "theater/cli/options/command.h"
#include "theater/cli/options/server_choice.h"

#include <string>

namespace theater::cli {

struct ActOptions {
  ServerChoice server;
  std::string actor;
  bool wait = false;
  bool force = false;
  bool json = false;
};

extern const CommandOf<ActOptions> kStopCommand;
extern const CommandOf<ActOptions> kKillCommand;
extern const CommandOf<ActOptions> kPauseCommand;
extern const CommandOf<ActOptions> kResumeCommand;
extern const CommandOf<ActOptions> kRestartCommand;

}  // namespace theater::cli
