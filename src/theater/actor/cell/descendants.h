// Those below an actor in the supervision tree, and what it may see of them.
//
// An actor may look at its children and at everybody below them, and at nobody else. Whether an id
// is one of these is decided here and nowhere else. A child that has ended is known for a while:
// how it came can be seen, but it has no state any more.
//
// The one who is looked at answers between two steps of its own guest, so whoever asks waits for no
// call of the other, and sees a state that a call has returned.
#pragma once

#include "theater/actor/cell/node_services.h"
#include "theater/actor/handler/session.h"
#include "theater/base/id.h"

#include <tl/expected.hpp>

#include <cstddef>
#include <list>
#include <memory>
#include <string>
#include <unordered_map>

namespace theater {

class ActorCell;

// Not thread-safe: only the worker that runs the actor's turn.
class Descendants {
 public:
  // Of children that have ended; the oldest is forgotten first.
  static constexpr size_t kEndedKnownMax = 100;

  // `self` is the actor, which owns this.
  Descendants(NodeServices& services, const ActorId& self) : services_(services), self_(self) {}
  Descendants(const Descendants&) = delete;
  Descendants& operator=(const Descendants&) = delete;

  // A child is on record, or its end is.
  void began(const std::shared_ptr<ActorCell>& child);
  void ended(const ActorId& child);

  // The state that it has kept; an error if it has ended, or is none of the actor's kin.
  void look_at_state(const ActorId& id, StateReply reply) const;
  // The events of it that the node has at hand: the newest, up to Chain::kBytesMax. An error if
  // they have more than `bytes_max` bytes as the guest gets them, or it is none of the kin.
  void look_at_events(const ActorId& id, size_t bytes_max, EventsReply reply) const;

 private:
  tl::expected<std::shared_ptr<ActorCell>, std::string> find(const ActorId& id) const;

  NodeServices& services_;
  const ActorId self_;
  // Children, those that have ended included. It keeps none of them.
  std::unordered_map<ActorId, std::weak_ptr<ActorCell>> children_;
  std::list<ActorId> ended_;  // Oldest first.
};

}  // namespace theater
