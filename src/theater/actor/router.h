// Finds actors by their ids, for everything that has a message for one.
#pragma once

#include "theater/base/guarded.h"
#include "theater/base/id.h"

#include <array>
#include <memory>
#include <unordered_map>
#include <vector>

namespace theater {

class ActorCell;

// Safe from any thread. The map is split by id, so that workers seldom meet at one lock.
class Router {
 public:
  // An id is added once.
  void add(const ActorId& id, std::shared_ptr<ActorCell> cell);

  // Null if there is no such actor. An actor that has ended is found until it is removed.
  std::shared_ptr<ActorCell> find(const ActorId& id) const;

  void remove(const ActorId& id);

  // All actors, in the order of their ids.
  std::vector<std::shared_ptr<ActorCell>> all() const;

 private:
  static constexpr size_t kShards = 64;
  using Shard = std::unordered_map<ActorId, std::shared_ptr<ActorCell>>;

  static size_t shard_of(const ActorId& id) { return id.octets.back() % kShards; }

  std::array<Guarded<Shard>, kShards> shards_;
};

}  // namespace theater
