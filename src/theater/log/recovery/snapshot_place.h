// The newest `snapshot` of a chain: the place from which it can continue without the events before.
//
// The search goes backwards (reverse_scan_range.h), so it usually reads only the events since the
// newest snapshot.
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

// A `snapshot`, and the `instance` that continues from it.
struct SnapshotPlace {
  uint64_t seq = 0;  // The position of the `snapshot`.
  Snapshot snapshot;
  Instance instance;
  std::optional<Bytes> state;  // The state that the snapshot names.
};

// Reads the bytes of a snapshot's state. Fails if they are missing.
using ReadState = std::function<Result<std::optional<Bytes>>(const StateRef&)>;

// The newest snapshot of an actor with an existing state and a recorded `instance`; none if there
// is no such snapshot. Fails with kCorrupt, or as the reader does.
Result<std::optional<SnapshotPlace>> newest_snapshot(const LogReader& reader,
                                                     const ActorEntry& entry,
                                                     const ReadState& read_state);

// The newest events of the chain before event `seq`, as an actor has them in memory that keeps
// Chain::kBytesMax bytes of its chain. Fails with kCorrupt if their links are wrong, or as the
// reader does.
Result<Chain> chain_before(const LogReader& reader, const ActorId& actor, uint64_t seq);

}  // namespace theater::log
