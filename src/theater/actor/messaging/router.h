// Finds actors by their ids, for everything that has a message for one.
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

class ActorCell;

// Safe from any thread. The map is split by id, so that workers seldom meet at one lock.
class Router {
 public:
  // An id is added once.
  void add(const ActorId& id, std::shared_ptr<ActorCell> cell);

  // Null if there is no such actor. An actor that has ended is found until it is removed.
  std::shared_ptr<ActorCell> find(const ActorId& id) const;

  void remove(const ActorId& id);

  // How often an actor was removed. As long as it is the same, what `find` found it would find.
  uint64_t removals() const { return removals_.load(std::memory_order_acquire); }

  // All actors, in the order of their ids.
  std::vector<std::shared_ptr<ActorCell>> all() const;

 private:
  static constexpr size_t kShards = 64;
  using Shard = std::unordered_map<ActorId, std::shared_ptr<ActorCell>>;

  static size_t shard_of(const ActorId& id) { return id.bytes.back() % kShards; }

  std::array<Guarded<Shard>, kShards> shards_;
  std::atomic<uint64_t> removals_{0};
};

// What one actor has asked a router for last, so that one who talks to the same few asks seldom. It
// keeps nobody alive, and forgets all when the router has removed somebody.
//
// Not thread-safe: only the worker that runs the actor's turn.
class RouteCache {
 public:
  explicit RouteCache(const Router& router) : router_(router) {}

  // As Router::find().
  std::shared_ptr<ActorCell> find(const ActorId& id);

 private:
  static constexpr size_t kPlaces = 4;
  struct Place {
    ActorId id;
    std::weak_ptr<ActorCell> cell;
    uint64_t removals = 0;  // Of the router, before it was asked.
  };

  const Router& router_;
  std::array<Place, kPlaces> places_;
};

}  // namespace theater
