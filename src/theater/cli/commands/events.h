// `theater events`: what an actor on a server, or the node itself, has recorded.
#pragma once

#include "theater/cli/options/command.h"
#include "theater/cli/options/server_choice.h"

#include <cstdint>
#include <optional>
#include <string>

namespace theater::cli {

struct EventsOptions {
  ServerChoice server;
  std::string actor;  // Empty for the node itself.
  std::optional<uint64_t> from;
  std::optional<uint64_t> limit;
  std::string type;
  bool follow = false;
  bool json = false;
};

extern const CommandOf<EventsOptions> kEventsCommand;

}  // namespace theater::cli
