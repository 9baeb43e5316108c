#include "theater/cli/actor_argument.h"
#include "theater/cli/commands.h"
#include "theater/cli/progress.h"
#include "theater/views/log_sizes.h"

#include <nlohmann/json.hpp>

namespace theater::cli {

namespace {

Result<void> print_sizes(const LogSizeCommand& command, Output& output) {
  auto reader = THEATER_TRY(open_log(command.home));
  Progress progress("reading", ProgressLine::Unit::kEvents);
  views::LogSizes sizes = THEATER_TRY(
      views::measure_log(*reader, [&](uint64_t done) { progress.show(done, reader->size()); }));
  if (command.json) {
    output.json(views::log_sizes_json(*reader, sizes));
  } else {
    output.text(views::log_sizes_text(*reader, sizes));
  }
  return {};
}

}  // namespace

Exit run(const LogSizeCommand& command, Output& output) {
  Result<void> done = print_sizes(command, output);
  return done ? Exit::kDone : report_failure(done.error(), Exit::kFailed, command.json, output);
}

}  // namespace theater::cli
