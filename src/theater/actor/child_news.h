// What an actor is told of its children, by its completion lane.
#pragma once

#include "theater/base/hash.h"
#include "theater/base/id.h"
#include "theater/log/bodies.h"

#include <tl/expected.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <variant>

namespace theater {

class ActorCell;

// A child was made, or could not be. The text is for the guest that asked.
struct ChildMade {
  uint64_t number = 0;  // That the Spawner was given.
  tl::expected<std::shared_ptr<ActorCell>, std::string> child;
};

// `init` has returned.
struct ChildStarted {
  ActorId child;
};

// `terminated` is recorded.
struct ChildGone {
  ActorId child;
  Hash head;               // Of the child's chain.
  log::Ending how;         // With payloads of its own.
  std::string why_failed;  // For people; empty if it did not fail.
};

// A child has not ended in the time that it had.
struct ChildOverdue {
  ActorId child;
};

// The parent is ending, and not all of its children have ended in the time that they had.
struct ChildrenOverdue {};

using ChildNews = std::variant<ChildMade, ChildStarted, ChildGone, ChildOverdue, ChildrenOverdue>;

}  // namespace theater
