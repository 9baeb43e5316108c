#include "theater/cli/commands/version.h"

#include "theater/cli/options/shared_options.h"
#include "theater/engine/engine.h"
#include "theater/handlers/runtime/version.h"

#include <nlohmann/json.hpp>

namespace theater::cli {

namespace {

void define(OptionParser& parser, VersionOptions& options) {
  json_option(parser, options.json);
}

Exit run(const VersionOptions& options, Output& output) {
  auto engine = engine::Engine::create();
  if (!engine) return report_failure(engine.error(), Exit::kFailed, options.json, output);
  if (options.json) {
    output.json({{"version", theater_version()}, {"engine", (*engine)->identity()}});
  } else {
    output.line(fmt::format("theater {}", theater_version()));
    output.line(fmt::format("engine {}", (*engine)->identity()));
  }
  return Exit::kDone;
}

}  // namespace

const CommandOf<VersionOptions> kVersionCommand = {
    {.name = "version",
     .usage = "[options]",
     .summary = "print the version of Theater and the identity of its engine",
     .details = "The identity of the engine names everything that affects the results of guests.",
     .examples = "theater version --json"},
    define,
    run};

}  // namespace theater::cli
