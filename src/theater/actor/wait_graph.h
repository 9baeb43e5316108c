// Who waits for whose answer.
//
// An actor that waits for an answer takes no other message, so a request that closes a ring of
// waiting actors would never be answered. Each actor waits for at most one other; the graph is
// looked at and changed under one lock, so that of two requests that close a ring together one is
// refused.
#pragma once

#include "theater/base/guarded.h"
#include "theater/base/id.h"

#include <cstdint>
#include <unordered_map>
#include <vector>

namespace theater {

// Safe from any thread.
class WaitGraph {
 public:
  // Enters that `from` waits for `to` in its call number `call`, unless that would close a ring:
  // then nothing is entered, and the ring is returned, `from` first. Empty means entered. `from`
  // must not be waiting already.
  std::vector<ActorId> enter(const ActorId& from, const ActorId& to, uint64_t call);

  // `from` waits no longer in that call. Does nothing if it was not waiting in it.
  void leave(const ActorId& from, uint64_t call);

 private:
  struct Wait {
    ActorId to;
    uint64_t call = 0;
  };

  Guarded<std::unordered_map<ActorId, Wait>> waits_;
};

}  // namespace theater
