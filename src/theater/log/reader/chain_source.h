// One actor's chain, read event by event: from a log, from memory, or from any other source.
#pragma once

#include "theater/base/bytes.h"
#include "theater/base/error.h"
#include "theater/base/id.h"
#include "theater/base/result.h"
#include "theater/log/reader/log_reader.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

namespace theater::log {

struct SourcedEvent {
  Bytes bytes;
  // One for each detached payload, in order; none for a removed one.
  std::vector<std::optional<StoredBody>> bodies;
};

// The events of one chain with their bodies, in order: the input of a replay. Not thread-safe.
class ChainSource {
 public:
  virtual ~ChainSource() = default;

  // The next event; none at the end. Fails with kCorrupt.
  virtual Result<std::optional<SourcedEvent>> next() = 0;
};

// Which parts of the outputs a source reads. A replay compares what the component makes with the
// salted hash in the event. It needs the recorded bytes only to show a difference.
enum class OutputParts : uint8_t { kAll, kSaltOnly };

// The chain of `actor` in a log, from its event `seq` on. `actor` must be in reader.actors(), and
// the reader outlives the source. With kSaltOnly outputs look absent, and damage of their bytes
// goes unseen.
std::unique_ptr<ChainSource> stored_chain(const LogReader& reader, const ActorId& actor,
                                          uint64_t seq = 0,
                                          OutputParts outputs = OutputParts::kAll);

// A chain in memory, without detached payloads.
std::unique_ptr<ChainSource> chain_in_memory(std::vector<Bytes> events);

// The next event of `actor`, which the cursor follows and which must have one. Its bytes are valid
// until the cursor moves. Fails with kCorrupt if there is no next event, or as the cursor does.
Result<StoredEvent> next_of_chain(LogCursor& cursor, const ActorId& actor);

// `error` about a stored event, with the event's place and the next step.
Failure damage_at(const StoredEvent& stored, const Error& error);

}  // namespace theater::log
