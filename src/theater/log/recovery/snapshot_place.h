// Where a chain can be gone on with without what came before: at a `snapshot`.
//
// A chain is looked through backwards (stretch.h); what an actor has done since its newest snapshot
// is usually all that is read.
#pragma once

#include "theater/base/bytes.h"
#include "theater/base/id.h"
#include "theater/base/result.h"
#include "theater/log/event/bodies.h"
#include "theater/log/event/chain.h"
#include "theater/log/reader/log_reader.h"

#include <cstdint>
#include <functional>
#include <optional>

namespace theater::log {

// A `snapshot`, and the `instance` that goes on from it.
struct SnapshotPlace {
  uint64_t seq = 0;  // Of the `snapshot`.
  Snapshot snapshot;
  Instance instance;
  std::optional<Bytes> state;  // That the snapshot names.
};

// The bytes of a snapshot's state. Fails if they are not there.
using ReadState = std::function<Result<std::optional<Bytes>>(const StateRef&)>;

// The newest snapshot of an actor whose state is there, and whose `instance` is recorded; none if
// there is none. Fails with kCorrupt, or as the reader does.
Result<std::optional<SnapshotPlace>> newest_snapshot(const LogReader& reader,
                                                     const ActorEntry& entry,
                                                     const ReadState& read_state);

// The newest events of the chain before event `seq`: what somebody has in memory who keeps
// Chain::kBytesMax bytes and has had the chain from its beginning. Fails with kCorrupt if they do
// not hang together, or as the reader does.
Result<Chain> chain_before(const LogReader& reader, const ActorId& actor, uint64_t seq);

}  // namespace theater::log
