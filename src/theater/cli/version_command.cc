#include "theater/cli/commands.h"
#include "theater/engine/engine.h"
#include "theater/handlers/runtime/version.h"

#include <nlohmann/json.hpp>

namespace theater::cli {

Exit run(const VersionCommand& command, Output& output) {
  auto engine = engine::Engine::create();
  if (!engine) {
    print_error(engine.error());
    return Exit::kFailed;
  }
  if (command.json) {
    output.json({{"version", theater_version()}, {"engine", (*engine)->identity()}});
  } else {
    output.line(fmt::format("theater {}", theater_version()));
    output.line(fmt::format("engine {}", (*engine)->identity()));
  }
  return Exit::kDone;
}

Exit run(const HelpCommand& command, Output& output) {
  output.text(command.text);
  return Exit::kDone;
}

}  // namespace theater::cli
