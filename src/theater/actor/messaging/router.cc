#include "theater/actor/messaging/router.h"

#include "theater/base/check.h"

#include <map>
#include <utility>

namespace theater {

void Router::add(const ActorId& id, std::shared_ptr<ActorCell> cell) {
  bool is_new = shards_[shard_of(id)].with(
      [&](Shard& shard) { return shard.emplace(id, std::move(cell)).second; });
  THEATER_CHECK(is_new, "actor {} exists already", id.to_string());
}

std::shared_ptr<ActorCell> Router::find(const ActorId& id) const {
  return shards_[shard_of(id)].with([&](const Shard& shard) -> std::shared_ptr<ActorCell> {
    auto found = shard.find(id);
    return found == shard.end() ? nullptr : found->second;
  });
}

void Router::remove(const ActorId& id) {
  // The cell may end with this reference, which must not happen under the lock.
  auto removed = shards_[shard_of(id)].with([&](Shard& shard) { return shard.extract(id); });
  removals_.fetch_add(1, std::memory_order_release);
}

std::shared_ptr<ActorCell> RouteCache::find(const ActorId& id) {
  Place& place = places_[id.bytes.back() % kPlaces];
  uint64_t removals = router_.removals();
  if (place.id == id && place.removals == removals) {
    if (auto cell = place.cell.lock()) return cell;
  }
  auto cell = router_.find(id);
  if (cell) place = {id, cell, removals};
  return cell;
}

std::vector<std::shared_ptr<ActorCell>> Router::all() const {
  std::map<ActorId, std::shared_ptr<ActorCell>> by_id;
  for (const auto& shard : shards_) {
    shard.with([&](const Shard& actors) { by_id.insert(actors.begin(), actors.end()); });
  }
  std::vector<std::shared_ptr<ActorCell>> cells;
  for (auto& [id, cell] : by_id)
    cells.push_back(std::move(cell));
  return cells;
}

}  // namespace theater
