#include "theater/cli/actor_argument.h"
#include "theater/cli/commands.h"
#include "theater/views/log_listing.h"

#include <nlohmann/json.hpp>

namespace theater::cli {

namespace {

Result<void> list_log(const LogListCommand& command, Output& output) {
  auto reader = THEATER_TRY(open_log(command.home));
  views::LogListing listing = THEATER_TRY(views::list_actors(*reader));
  if (command.json) {
    output.json(THEATER_TRY(views::log_listing_json(*reader, listing)));
  } else {
    output.text(views::log_listing_text(*reader, listing));
  }
  return {};
}

}  // namespace

Exit run(const LogListCommand& command, Output& output) {
  Result<void> done = list_log(command, output);
  return done ? Exit::kDone : report_failure(done.error(), Exit::kFailed, command.json, output);
}

}  // namespace theater::cli
