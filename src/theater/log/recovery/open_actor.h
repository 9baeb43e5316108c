// Where each actor stands whose chain has not ended: what a node that was lost left open.
//
// The events of a log, read once in their order, say of each actor which instance it had last,
// whether a call was in progress, what it had sent and not heard of, which children it had, and
// what lies undelivered before it. That is all of what recovery starts from but the state, which
// only a replay gives. Of an actor that had a snapshot, what was before it need not be read.
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

// Something that was accepted for an actor, and that nothing in the actor's chain speaks of.
struct Undelivered {
  uint64_t index = 0;  // Of its `sent` in the log,
  uint64_t seq = 0;    // and in the chain of its sender.
  Hash sent;
  ActorId from;
  std::optional<Hash> manifest;  // Of its sender.
  SentKind kind = SentKind::kSend;
};

// A child that its parent's chain has, and not the end of.
struct OpenChild {
  ActorId id;
  Hash genesis;
  bool is_declared = false;         // By the manifest: it was not spawned by a call of the guest.
  std::optional<size_t> slot = {};  // Which of the declared ones, if that can be told.
};

// A child that a manifest declares, as far as the chain of its supervisor tells.
struct DeclaredSlot {
  std::optional<Hash> manifest;  // Of who was in it last; none for an actor without a chain.
  bool is_taken = false;         // By a child whose end is not recorded.
};

struct OpenActor {
  ActorNumber number;
  ActorId id;
  std::string name;
  std::optional<Ancestor> parent;
  std::optional<Hash> manifest;
  Hash genesis;              // Its hash.
  uint64_t first_index = 0;  // Of its genesis in the log.
  ChainPosition position;    // Where its chain goes on.
  ChainGrammar life;         // Phase, incarnation, functions, open intents and requests.

  // From which it was read, and is to be replayed; none if that was its genesis.
  std::optional<SnapshotPlace> snapshot;

  // Of its first instance: what a restart from the beginning needs.
  StateRef initial_state;
  bool init_ran_first = false;       // Whether `init` was to run in it.
  std::optional<Instance> instance;  // The last one; none before the first.
  bool init_done = false;            // In that one: `init` has returned, or was not to run.
  bool was_called = false;           // In that one, by something other than the start.
  std::optional<FailureCause> lost;  // Of `failed`, if nothing came after it.
  // What the last call that returned had said of its own end: it asked for it, with these bytes
  // of a tuple<option<list<u8>>>.
  std::optional<Bytes> left;

  bool is_paused = false;
  std::optional<Originator> stop_asked;  // By whom, if somebody asked for its end,
  bool is_killed = false;                // and whether by force.

  std::vector<OpenChild> children;  // Oldest first.
  // What its last start made of its declared children, in their order in the manifest.
  std::vector<DeclaredSlot> slots;
  std::vector<Undelivered> undelivered;  // In the order in which it was sent.
};

// An actor that has ended, and whose parent's chain does not say so.
struct Orphan {
  ActorNumber number;
  ActorId id;
  ActorId parent;
  uint64_t index = 0;  // Of its `terminated`, in the log.
  Hash head;
};

struct OpenActors {
  std::vector<std::unique_ptr<OpenActor>> living;  // In the order of their geneses.
  std::vector<Orphan> orphans;
};

// What is to be known of the blobs to make use of snapshots.
struct SnapshotUse {
  // Whether actors of that manifest have any; it only spares a look for them.
  std::function<bool(const Hash& manifest)> is_likely;
  ReadState read_state;  // Only asked of actors that may have any.
};

// Looks at the last event of every actor, and reads the log from where the oldest began whose chain
// is open, or had its newest snapshot; a log without one costs no more than that look. Fails with
// kCorrupt, naming the event, if one is no event or breaks the grammar, or as the reader does. The
// node's own chain is left out.
Result<OpenActors> read_open_actors(const LogReader& reader, const SnapshotUse& snapshots);

}  // namespace theater::log
