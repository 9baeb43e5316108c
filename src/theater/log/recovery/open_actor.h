// The position of each actor whose chain has not ended, as a lost node left it.
//
// One pass over the events of a log, in their order, finds for each actor its last instance, a call
// in progress, its unanswered messages, its children, and the messages that wait for it. Recovery
// needs only the state besides, which a replay gives. For an actor with a snapshot, the pass skips
// the events before the snapshot.
#pragma once

#include "theater/base/bytes.h"
#include "theater/base/hash.h"
#include "theater/base/id.h"
#include "theater/base/result.h"
#include "theater/log/event/bodies.h"
#include "theater/log/event/chain.h"
#include "theater/log/event/event.h"
#include "theater/log/event/grammar.h"
#include "theater/log/reader/log_reader.h"
#include "theater/log/recovery/snapshot_place.h"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace theater::log {

// A message that was accepted for an actor, and that no event of the actor's chain takes.
struct Undelivered {
  uint64_t index = 0;  // The position of its `sent` in the log.
  uint64_t seq = 0;    // The position of its `sent` in the sender's chain.
  Hash sent;
  ActorId from;
  std::optional<Hash> manifest;  // The sender's.
  SentKind kind = SentKind::kSend;
};

// A child in its parent's chain, without a recorded end.
struct OpenChild {
  ActorId id;
  Hash genesis;
  bool is_declared = false;         // The manifest declares it; no call of the guest spawned it.
  std::optional<size_t> slot = {};  // Its place among the declared children, if it is known.
};

// The place of a child that a manifest declares, as the supervisor's chain shows it.
struct DeclaredSlot {
  std::optional<Hash> manifest;  // The last child's; none for an actor without a chain.
  bool is_taken = false;         // A child without a recorded end has it.
};

struct OpenActor {
  ActorNumber number;
  ActorId id;
  std::string name;
  std::optional<Ancestor> parent;
  std::optional<Hash> manifest;        // The newest in effect.
  std::optional<Hash> first_manifest;  // The one that `genesis` names.
  Hash genesis;                        // The hash of its genesis.
  uint64_t first_index = 0;            // The position of its genesis in the log.
  uint64_t began_us = 0;               // The time of its genesis, microseconds since 1970.
  ChainPosition position;              // The position of its next event.
  std::optional<Started> started;  // How the operator started it; none for an actor below another.
  // The newest update in effect, whose manifest `manifest` is; none for an actor without one.
  std::optional<Updated> updated;
  ChainGrammar life;  // Phase, incarnation, functions, open intents and requests.

  // The beginning of the events that were read and must be replayed; none if that is the genesis.
  std::optional<SnapshotPlace> snapshot;

  // The state of its first instance, which a restart from the beginning needs.
  StateRef initial_state;
  bool init_ran_first = false;       // Whether the first instance had to run `init`.
  std::optional<Instance> instance;  // The last one; none before the first.
  bool init_done = false;            // In the last instance, `init` has returned or must not run.
  bool was_called = false;           // The last instance had a call other than the start's.
  std::optional<FailureCause> lost;  // The cause in `failed`, if no event follows it.
  // The request of the last returned call for the actor's own end: these bytes of a
  // tuple<option<list<u8>>>.
  std::optional<Bytes> left;

  bool is_paused = false;
  std::optional<Originator> stop_asked;  // The party that asked for its end.
  bool is_killed = false;                // The party asked for an end by force.

  std::vector<OpenChild> children;  // Oldest first.
  // The places of its declared children since its last start, in the manifest's order.
  std::vector<DeclaredSlot> slots;
  std::vector<Undelivered> undelivered;  // In the order of sending.
};

// An actor that has ended, without a `child-ended` in its parent's chain.
struct Orphan {
  ActorNumber number;
  ActorId id;
  ActorId parent;
  uint64_t index = 0;  // The position of its `terminated` in the log.
  Hash head;
};

struct OpenActors {
  std::vector<std::unique_ptr<OpenActor>> living;  // In the order of their geneses.
  std::vector<Orphan> orphans;
};

// The access to blobs that the use of snapshots needs.
struct SnapshotUse {
  // Whether actors of that manifest may have snapshots. A false answer only saves a search.
  std::function<bool(const Hash& manifest)> is_likely;
  ReadState read_state;  // Called only for actors that may have snapshots.
};

// Reads the last event of every actor, and then the log from the genesis or newest snapshot of the
// oldest actor with an open chain. A log without open chains costs only the first part. The node's
// own chain is left out. Fails with kCorrupt, naming the event, if one is no event or breaks the
// grammar, or as the reader does.
Result<OpenActors> read_open_actors(const LogReader& reader, const SnapshotUse& snapshots);

}  // namespace theater::log
