#include "theater/actor/messaging/router.h"

#include "theater/actor/messaging/actor_ref.h"
#include "theater/base/check.h"

#include <map>
#include <utility>

namespace theater {

void Router::add(const ActorId& id, std::shared_ptr<ActorRef> actor) {
  bool is_new = shards_[shard_of(id)].with(
      [&](Shard& shard) { return shard.emplace(id, std::move(actor)).second; });
  THEATER_CHECK(is_new, "actor {} exists already", id.to_string());
}

std::shared_ptr<ActorRef> Router::find(const ActorId& id) const {
  return shards_[shard_of(id)].with([&](const Shard& shard) -> std::shared_ptr<ActorRef> {
    auto found = shard.find(id);
    return found == shard.end() ? nullptr : found->second;
  });
}

void Router::remove(const ActorId& id) {
  // The actor may be destroyed with this reference, which must not happen under the lock.
  auto removed = shards_[shard_of(id)].with([&](Shard& shard) { return shard.extract(id); });
  removals_.fetch_add(1, std::memory_order_release);
}

std::shared_ptr<ActorRef> RouteCache::find(const ActorId& id) {
  Place& place = places_[id.bytes.back() % kPlaces];
  uint64_t removals = router_.removals();
  if (place.id == id && place.removals == removals) {
    if (auto actor = place.actor.lock()) return actor;
  }
  auto actor = router_.find(id);
  if (actor) place = {id, actor, removals};
  return actor;
}

std::vector<std::shared_ptr<ActorRef>> Router::all() const {
  std::map<ActorId, std::shared_ptr<ActorRef>> by_id;
  for (const auto& shard : shards_) {
    shard.with([&](const Shard& actors) { by_id.insert(actors.begin(), actors.end()); });
  }
  std::vector<std::shared_ptr<ActorRef>> actors;
  for (auto& [id, actor] : by_id)
    actors.push_back(std::move(actor));
  return actors;
}

}  // namespace theater
