// A recorded actor in short: what the first and the last event of its chain say.
#pragma once

#include "theater/base/hash.h"
#include "theater/base/id.h"
#include "theater/base/result.h"
#include "theater/log/event/event.h"
#include "theater/log/reader/log_reader.h"
#include "theater/views/json.h"

#include <cstdint>
#include <string>
#include <utility>

namespace theater::views {

struct ActorSummary {
  log::ActorNumber number;
  ActorId id;
  std::string name;
  uint64_t events = 0;
  Hash head;
  uint64_t first_time = 0;
  uint64_t last_time = 0;
  std::string ending;  // "stopped", "failed"…; empty if the chain is open.

  bool operator==(const ActorSummary&) const = default;
};

// Fails with kCorrupt if one of the two events does not decode, or if the first is no `genesis`.
Result<ActorSummary> summarize(const log::LogReader& reader, const log::ActorEntry& entry);

Json actor_summary_json(const ActorSummary& actor);

// The event of the entry's chain at `seq`, with its payloads, and the event's hash. Fails with
// kCorrupt, naming the place.
Result<std::pair<log::Event, Hash>> recorded_event(const log::LogReader& reader,
                                                   const log::ActorEntry& entry, uint64_t seq);

}  // namespace theater::views
