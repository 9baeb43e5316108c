// What an actor is told of its children, by its completion lane.
#pragma once

#include "theater/actor/supervision/supervision.h"
#include "theater/base/bytes.h"
#include "theater/base/hash.h"
#include "theater/base/id.h"
#include "theater/log/event/bodies.h"
#include "theater/log/event/held_budget.h"

#include <tl/expected.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>

namespace theater {

class ActorCell;

// A child was made, or could not be. The text is for the guest that asked.
struct ChildMade {
  uint64_t number = 0;  // The number that the Spawner got.
  tl::expected<std::shared_ptr<ActorCell>, std::string> child;
};

// `init` has returned, where it runs, and its own children are started.
struct ChildStarted {
  ActorId child;
};

// It has lost its instance, its own children have ended, and it waits for what becomes of it.
struct ChildDown {
  ActorId child;
  Supervision::Down how = Supervision::Down::kFailed;
  std::string why;                    // Of kFailed, for people.
  std::optional<Bytes> data;          // Of kCompleted, for its parent.
  std::optional<uint64_t> timeout_s;  // Of kFailed: the limit of a call's time that was reached.
};

// A wait before a restart is over.
struct BackoffElapsed {
  ActorId child;
};

// `terminated` is recorded.
struct ChildGone {
  ActorId child;
  Hash head;                               // Of the child's chain.
  log::Ending how;                         // With payloads of its own.
  std::string why_failed;                  // For people; empty if it did not fail.
  std::optional<uint64_t> timeout_s = {};  // As in ChildDown.
  log::HeldBudget used = {};               // If a budget of the parent, or above it, counts it.
};

// It or a descendant of it was refused something, for the first time, because a budget of its is
// used up.
struct ChildSpent {
  ActorId child;
  std::string why;  // For people.
};

// A child has not ended in the time that it had.
struct ChildOverdue {
  ActorId child;
};

// The parent is ending, and not all of its children have ended in the time that they had.
struct ChildrenOverdue {};

using ChildEvent = std::variant<ChildMade, ChildStarted, ChildDown, BackoffElapsed, ChildGone,
                                ChildSpent, ChildOverdue, ChildrenOverdue>;

}  // namespace theater
