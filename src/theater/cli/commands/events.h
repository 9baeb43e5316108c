// `theater events`: what an actor on a server, or the node itself, has recorded.
#pragma once

#include "theater/cli/commands/event_filter.h"
#include "theater/cli/commands/event_lines.h"
#include "theater/cli/options/command.h"
#include "theater/cli/options/server_choice.h"

#include <cstdint>
#include <optional>
#include <string>

namespace theater::cli {

struct EventsOptions {
  ServerChoice server;
  std::string actor;  // Empty for the node itself.
  std::string from;   // As parse_event_bound() takes it; empty for the beginning.
  std::string to;     // The same; empty for the end.
  EventFilter filter = {};
  std::optional<uint64_t> limit;
  std::string type;
  EventOrder order = EventOrder::kChain;
  bool reverse = false;
  EventForm form = EventForm::kPretty;
  bool raw = false;
  bool full = false;
  bool follow = false;
  bool detailed = false;
  bool json = false;
};

extern const CommandOf<EventsOptions> kEventsCommand;

}  // namespace theater::cli
