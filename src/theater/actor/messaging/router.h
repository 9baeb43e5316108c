// The actors of a node by their ids, for each sender of messages.
#pragma once

#include "theater/base/guarded.h"
#include "theater/base/id.h"

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <unordered_map>
#include <vector>

namespace theater {

class ActorRef;

// Safe from any thread. The map is split by id, so workers seldom wait for the same lock.
class Router {
 public:
  // The caller adds each id once.
  void add(const ActorId& id, std::shared_ptr<ActorRef> actor);

  // Null if there is no such actor. An actor that has ended stays until it is removed.
  std::shared_ptr<ActorRef> find(const ActorId& id) const;

  void remove(const ActorId& id);

  // Number of removals. While it is the same, `find` would find the same actor again.
  uint64_t removals() const { return removals_.load(std::memory_order_acquire); }

  // All actors, in the order of their ids.
  std::vector<std::shared_ptr<ActorRef>> all() const;

 private:
  static constexpr size_t kShards = 64;
  using Shard = std::unordered_map<ActorId, std::shared_ptr<ActorRef>>;

  static size_t shard_of(const ActorId& id) { return id.bytes.back() % kShards; }

  std::array<Guarded<Shard>, kShards> shards_;
  std::atomic<uint64_t> removals_{0};
};

// The last few actors that one sender has looked up, so that the sender seldom takes a lock of the
// router. It keeps no actor in memory, and forgets all when the router has removed one.
//
// Not thread-safe: only the worker that runs the actor's turn.
class RouteCache {
 public:
  explicit RouteCache(const Router& router) : router_(router) {}

  // As Router::find().
  std::shared_ptr<ActorRef> find(const ActorId& id);

 private:
  static constexpr size_t kPlaces = 4;
  struct Place {
    ActorId id;
    std::weak_ptr<ActorRef> actor;
    uint64_t removals = 0;  // The router's number before the look-up.
  };

  const Router& router_;
  std::array<Place, kPlaces> places_;
};

}  // namespace theater
