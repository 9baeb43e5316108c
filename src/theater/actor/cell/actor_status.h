// The status of an actor, for all readers: a copy that its turns publish, so that reading it costs
// the actor nothing.
#pragma once

#include "theater/actor/supervision/actor_state.h"
#include "theater/base/hash.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace theater {

// The public status of an actor.
struct ActorStatus {
  Phase phase = Phase::kStarting;
  uint64_t began_us = 0;  // When the actor was started, microseconds since 1970.
  uint64_t since_us = 0;  // When the phase began, the same.
  std::string_view step;  // Of set-up, while starting.
  std::string function;   // The one that runs or waits; empty if none.
  // Of the newest call, also when it is over; empty before the first of this node.
  std::string last_function;
  size_t mailbox_waiting = 0;
  uint64_t events = 0;        // Recorded so far.
  Hash head;                  // Of its chain.
  uint64_t calls = 0;         // Returned calls, errors included.
  uint64_t errors = 0;        // Calls that returned an error.
  uint64_t memory_bytes = 0;  // Linear memory in use.
  uint64_t restarts = 0;      // How many instances it had before: restarts, recoveries, updates.
  bool ended = false;
  bool is_called_again = false;  // A handler of it calls it again and again, such as an interval.
  std::string failure;           // Why it failed, for people; empty if it did not.

  // "Starting: running init", "Starting: waiting to be restarted", "Idle",
  // "Processing: theater:simple/…", "Paused", "ShuttingDown", "Stopped" or "Failed".
  std::string text() const;
};

}  // namespace theater
