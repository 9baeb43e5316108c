#include "theater/actor/cell/descendants.h"

#include "theater/actor/messaging/actor_ref.h"
#include "theater/actor/messaging/actor_view.h"
#include "theater/log/event/chain_event.h"

#include <utility>

namespace theater {

void Descendants::began(const std::shared_ptr<ActorRef>& child) {
  children_.emplace(child->id(), child);
}

void Descendants::ended(const ActorId& child) {
  ended_.push_back(child);
  if (ended_.size() <= kEndedKnownMax) return;
  children_.erase(ended_.front());
  ended_.pop_front();
}

tl::expected<std::shared_ptr<ActorRef>, std::string> Descendants::find(const ActorId& id) const {
  if (auto child = children_.find(id); child != children_.end()) {
    if (auto actor = child->second.lock()) return actor;
    return tl::unexpected(
        fmt::format("{} ended too long ago: what it did is in the node's log", id.to_string()));
  }
  // An actor outlives its descendants, so every actor above a living one is found.
  std::shared_ptr<ActorRef> found = services_.router.find(id);
  for (std::shared_ptr<ActorRef> actor = found; actor && actor->parent_id();) {
    if (*actor->parent_id() == self_) return found;
    actor = services_.router.find(*actor->parent_id());
  }
  return tl::unexpected(
      fmt::format("{} is neither a child of this actor nor below one", id.to_string()));
}

void Descendants::look_at_state(const ActorId& id, StateReply reply) const {
  auto actor = find(id);
  if (!actor) return std::move(reply).answer(tl::unexpected(std::move(actor).error()));
  // Shared, because the function of a control item is copyable.
  auto kept = std::make_shared<StateReply>(std::move(reply));
  (*actor)->inspect([kept](const ActorView& seen) {
    if (seen.has_ended) {
      return std::move(*kept).answer(
          tl::unexpected(fmt::format("{} has ended, and its state with it", seen.id.to_string())));
    }
    std::move(*kept).answer(seen.state);
  });
}

void Descendants::look_at_events(const ActorId& id, size_t bytes_max, EventsReply reply) const {
  auto actor = find(id);
  if (!actor) return std::move(reply).answer(tl::unexpected(std::move(actor).error()));
  auto kept = std::make_shared<EventsReply>(std::move(reply));
  Spawner* spawner = services_.spawner;
  (*actor)->inspect([kept, spawner, bytes_max](const ActorView& seen) {
    // Encoding a thousand events takes longer than a turn may.
    auto chain = std::make_shared<const log::Chain>(seen.chain);
    bool taken = spawner->run_apart([kept, chain, bytes_max, id = seen.id] {
      auto events = log::chain_events(*chain, bytes_max);
      if (events) return std::move(*kept).answer(*std::move(events));
      std::move(*kept).answer(tl::unexpected(
          fmt::format("the events of {} have more than {} bytes, this actor's payload limit: raise "
                      "`payload_bytes` under [limits] in its manifest",
                      id.to_string(), bytes_max)));
    });
    if (!taken)
      std::move(*kept).answer(tl::unexpected(std::string("the node is too busy: try later")));
  });
}

}  // namespace theater
