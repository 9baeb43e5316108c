// The actors below one actor in the supervision tree, and its right to look at them.
//
// An actor may look at its children and at all actors below them, and at no other actor. Only this
// class decides whether an id is one of these. A child that has ended is known for a while: its
// events can be read, but it has no state any more.
//
// The observed actor answers between two steps of its own guest. So the observer waits for no call
// of the other, and sees a state that a call has returned.
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

class ActorRef;

// Not thread-safe: only the worker that runs the actor's turn.
class Descendants {
 public:
  // The most ended children that are known; the oldest is forgotten first.
  static constexpr size_t kEndedKnownMax = 100;

  // `self` is the actor, which owns the object.
  Descendants(NodeServices& services, const ActorId& self) : services_(services), self_(self) {}
  Descendants(const Descendants&) = delete;
  Descendants& operator=(const Descendants&) = delete;

  // The `child` event of a child is on record, or its `child-ended`.
  void began(const std::shared_ptr<ActorRef>& child);
  void ended(const ActorId& child);

  // Answers with the state of that actor; with an error if it has ended, or is no descendant.
  void look_at_state(const ActorId& id, StateReply reply) const;
  // Answers with the events in the node's memory: the newest, up to Chain::kBytesMax. Answers with
  // an error if they have more than `bytes_max` bytes for the guest, or it is no descendant.
  void look_at_events(const ActorId& id, size_t bytes_max, EventsReply reply) const;

 private:
  tl::expected<std::shared_ptr<ActorRef>, std::string> find(const ActorId& id) const;

  NodeServices& services_;
  const ActorId self_;
  // Children, also ended ones. The map keeps none of them in memory.
  std::unordered_map<ActorId, std::weak_ptr<ActorRef>> children_;
  std::list<ActorId> ended_;  // Oldest first.
};

}  // namespace theater
