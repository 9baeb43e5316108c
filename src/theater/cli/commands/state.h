// `theater state`: the state that an actor on a server keeps.
#pragma once

#include "theater/cli/options/command.h"
#include "theater/cli/options/server_choice.h"

#include <cstdint>
#include <string>

namespace theater::cli {

enum class StateForm : uint8_t {
  kRaw,     // The bytes as they are; on a terminal as printable text.
  kJson,    // An object with the id of the actor and the state.
  kPretty,  // JSON over several lines, indented; any other state as printable text.
};

struct StateOptions {
  ServerChoice server;
  std::string actor;
  StateForm form = StateForm::kRaw;
  bool json = false;
};

extern const CommandOf<StateOptions> kStateCommand;

}  // namespace theater::cli
