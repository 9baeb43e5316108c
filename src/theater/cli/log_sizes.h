// How much a log holds, and of whom.
#pragma once

#include "theater/base/id.h"
#include "theater/base/result.h"
#include "theater/log/reader/log_reader.h"

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace theater::cli {

struct Amount {
  uint64_t events = 0;
  uint64_t event_bytes = 0;  // Of the events alone, without what a segment has around them.
  uint64_t bodies = 0;       // Detached payloads.
  uint64_t body_bytes = 0;   // As their events say, removed ones too.
  uint64_t bodies_removed = 0;

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
  uint64_t segment_bytes = 0;  // Of the files, room set aside too.
  uint64_t body_file_bytes = 0;
};

// Reads the events up to the reader's size(); `progress` is called now and then with how many.
// Fails with kCorrupt or kIo.
Result<LogSizes> measure_log(const log::LogReader& reader,
                             const std::function<void(uint64_t)>& progress);

}  // namespace theater::cli
