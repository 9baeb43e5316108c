// The graph of actors that wait for answers of other actors.
//
// An actor that waits for an answer takes no other message, so a request that closes a ring of
// waiting actors would never be answered. Each actor waits for at most one other, so from each
// there is one path, and a ring is a path that comes back.
//
// There is no lock over the graph: waits lie in shards by actor, and a path is walked one lock at a
// time while others enter and leave. This is why that is right. A wait is (from, to, call); the
// call numbers of an actor are never used twice, so a wait that was seen twice was there all the
// time between.
//
// Every ring is refused. `enter` first enters its own wait and then walks from it. Of the waits
// that close a ring together one is entered last; its walk begins when all are there, and follows
// them back to where it began. No actor in a ring is answered, so none of them leaves before,
// unless one is refused, gives up or is ended; then the ring is open.
//
// Only rings are refused. What one walk has seen need not have been there at one time. So a walk
// that came back is repeated until two in succession saw the same waits: between the end of the one
// and the beginning of the other all of them were there, and that was a ring.
//
// One of a ring is refused, not more. Repeating and withdrawing happen under one lock, which only
// those take whose first walk came back. When the first of them has withdrawn its wait, the walk of
// the next, which begins after that, finds the path open there; it enters.
//
// A walk may run into a ring that it is not part of. That ring is refused by one of its own, as
// said above, so an actor that only waits for the ring may wait.
#pragma once

#include "theater/base/guarded.h"
#include "theater/base/id.h"

#include <array>
#include <cstdint>
#include <unordered_map>
#include <vector>

namespace theater {

// Safe from any thread.
class WaitGraph {
 public:
  // Enters that `from` waits for `to` in its call number `call`, unless that would close a ring:
  // then nothing is entered, and the ring is returned, `from` first. Empty means entered. `from`
  // must not be waiting already, and must not have used the number before.
  std::vector<ActorId> enter(const ActorId& from, const ActorId& to, uint64_t call);

  // `from` waits no longer in that call. Does nothing if it was not waiting in it.
  void leave(const ActorId& from, uint64_t call);

 private:
  static constexpr size_t kShards = 64;

  struct Wait {
    ActorId to;
    uint64_t call = 0;

    bool operator==(const Wait&) const = default;
  };
  struct Step {
    ActorId from;
    Wait wait;

    bool operator==(const Step&) const = default;
  };
  struct Confirming {};
  using Shard = std::unordered_map<ActorId, Wait>;

  Guarded<Shard>& shard(const ActorId& id) { return shards_[id.bytes.back() % kShards]; }
  bool find(const ActorId& from, Wait& wait);
  bool comes_back(const ActorId& from, const Wait& first);
  std::vector<Step> ring_from(const ActorId& from);
  std::vector<ActorId> confirm(const ActorId& from, uint64_t call);

  std::array<Guarded<Shard>, kShards> shards_;
  Guarded<Confirming> confirming_;
};

}  // namespace theater
