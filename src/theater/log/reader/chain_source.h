// One actor's chain with its bodies, event by event, wherever it is kept: what a replay reads.
#pragma once

#include "theater/base/bytes.h"
#include "theater/base/result.h"
#include "theater/log/reader/log_reader.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

namespace theater::log {

struct SourcedEvent {
  Bytes bytes;
  // One for each detached payload, in order; none for one that was removed.
  std::vector<std::optional<StoredBody>> bodies;
};

// Not thread-safe.
class ChainSource {
 public:
  virtual ~ChainSource() = default;

  // The next event; none at the end. Fails with kCorrupt.
  virtual Result<std::optional<SourcedEvent>> next() = 0;
};

// From a log, from event `seq` of the chain on. The reader outlives it. `actor` must be in
// reader.actors().
std::unique_ptr<ChainSource> stored_chain(const LogReader& reader, const ActorId& actor,
                                          uint64_t seq = 0);

// From memory, for chains without detached payloads.
std::unique_ptr<ChainSource> chain_in_memory(std::vector<Bytes> events);

}  // namespace theater::log
