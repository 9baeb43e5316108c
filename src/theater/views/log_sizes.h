// How much a log holds: in all, of its node, and of each actor.
#pragma once

#include "theater/base/id.h"
#include "theater/base/result.h"
#include "theater/log/reader/log_reader.h"
#include "theater/views/json.h"

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace theater::views {

struct Amount {
  uint64_t events = 0;
  uint64_t event_bytes = 0;  // Bytes of the events, without the framing of a segment.
  uint64_t bodies = 0;       // Detached payloads.
  uint64_t body_bytes = 0;   // Lengths that the events name, of removed payloads too.
  uint64_t bodies_removed = 0;
  uint64_t bodies_recomputable = 0;

  Amount& operator+=(const Amount& more);
};

struct ActorSize {
  ActorId id;
  std::string name;
  Amount amount;
};

struct LogSizes {
  ActorSize node;
  std::vector<ActorSize> actors;  // In the order in which they began.
  Amount total;
  uint64_t segments = 0;
  uint64_t segment_bytes = 0;  // Sizes of the files, with the room that they set aside.
  uint64_t body_file_bytes = 0;
};

// Reads the events up to the reader's size(). Calls `progress` from time to time with the number of
// events read. Fails with kCorrupt or kIo.
Result<LogSizes> measure_log(const log::LogReader& reader,
                             const std::function<void(uint64_t)>& progress);

Json log_sizes_json(const log::LogReader& reader, const LogSizes& sizes);

// A line about the log, then a table of the node, the actors and their sum.
std::string log_sizes_text(const log::LogReader& reader, const LogSizes& sizes);

}  // namespace theater::views
