#include "theater/cli/build_actor.h"
#include "theater/cli/commands.h"

namespace theater::cli {

Exit run(const BuildCommand& command, Output& output) {
  auto built = build_actors({.folder = command.folder, .sdk = std::nullopt});
  if (!built) {
    print_error(built.error());
    return Exit::kFailed;
  }
  for (const BuildReport& report : *built) {
    if (!report.messages.empty()) print_warning(report.messages);
    output.line(fmt::format("{} ({}, {} bytes)", report.component.string(),
                            language_name(report.language), report.size_bytes));
  }
  return Exit::kDone;
}

}  // namespace theater::cli
