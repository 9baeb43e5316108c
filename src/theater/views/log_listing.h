// The actors of a log.
#pragma once

#include "theater/base/result.h"
#include "theater/log/reader/log_reader.h"
#include "theater/views/actor_summary.h"
#include "theater/views/json.h"

#include <string>
#include <vector>

namespace theater::views {

struct LogListing {
  ActorSummary node;
  std::vector<ActorSummary> actors;  // In the order in which they began.
};

// Fails as summarize() does.
Result<LogListing> list_actors(const log::LogReader& reader);

// The actors with the log's root and newest checkpoint. Fails as log_root() and
// newest_checkpoint() do.
Result<Json> log_listing_json(const log::LogReader& reader, const LogListing& listing);

// A line about the log, then a table of the actors.
std::string log_listing_text(const log::LogReader& reader, const LogListing& listing);

}  // namespace theater::views
