// Makes the actors that other actors ask for.
//
// Making one takes files, a parse and perhaps a compilation, so it happens on a thread that is no
// worker. The parent gets the result by its completion lane.
#pragma once

#include "theater/base/bytes.h"
#include "theater/base/hash.h"
#include "theater/manifest/supervision.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace theater {

class ActorCell;

// The actor that a new one is a child of.
struct ParentLink {
  // Shared, because the child may outlast its parent by what it takes to end it.
  std::shared_ptr<ActorCell> cell;
  Hash event;          // Of the parent's chain, before its `child` event.
  uint32_t depth = 0;  // Of the parent: how many actors are above it.
};

// What a guest asks for, or the manifest of its actor.
struct ChildRequest {
  std::string manifest;        // Its text, or where it is.
  std::optional<Bytes> state;  // The initial state that the guest gives.
  // Declared by the manifest of the parent: then this says where its manifest and its initial state
  // are, and both are read with the rights that the parent's own manifest was read with.
  std::optional<ChildEntry> declared = {};
  ChildRules rules = {};  // How it is looked after.
  // The state is one that an actor has left, of any bytes: the child continues from it, and its
  // `init` does not run.
  bool is_resumed = false;
};

// Safe from any thread.
class Spawner {
 public:
  virtual ~Spawner() = default;

  // Makes the actor, and tells the parent with ChildMade of this number: its cell, which has
  // recorded `genesis` and waits for `begin`, or why there is none. The parent must begin a cell
  // that it takes. Never blocks; may tell before it returns.
  virtual void make_child(ChildRequest request, ParentLink parent, uint64_t number) = 0;

  // Runs `job` once, later, on no worker. False if too many wait already; it is never run then.
  virtual bool run_apart(std::function<void()> job) = 0;
};

}  // namespace theater
