// Finds actors that are long in set-up or in one call, so that a server can warn of each once.
//
// A guest that waits for another actor, or for a command, is in its call too. So a slow actor
// may be healthy. The warning tells the operator why the actor does not answer.
#pragma once

#include "theater/actor/cell/actor_status.h"
#include "theater/base/id.h"
#include "theater/runtime/runtime.h"

#include <chrono>
#include <cstdint>
#include <unordered_map>
#include <vector>

namespace theater {

// For one thread.
class SlowActors {
 public:
  static constexpr std::chrono::microseconds kSlow = std::chrono::seconds(30);

  struct Slow {
    ActorId id;
    ActorStatus status;
    std::chrono::seconds since;  // In its set-up, or in its call.
  };

  // The actors that have been in one set-up or call for longer than kSlow at `now_us`, microseconds
  // since 1970. Leaves out those of an earlier look that are there still. Waits for no actor.
  std::vector<Slow> look(const Runtime& runtime, uint64_t now_us);

 private:
  // Since when each was slow at the last look.
  std::unordered_map<ActorId, uint64_t> known_;
};

}  // namespace theater
