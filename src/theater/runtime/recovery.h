// Recovers the actors of a node that was lost.
//
// A crash leaves whole chains in the log, each of which ends somewhere. Recovery closes what is
// open in them. A call in progress failed with the node: its intents have an unknown outcome, and
// its requests have no answer. Recovery ends each actor whose end was decided, or whose first start
// was not over. Every other actor resumes. Recovery computes its last state by a replay of its
// chain. A fresh instance begins from that state, with the same id, chain and children. The trees
// start in the order of their first start. Recovery then delivers each message that was accepted
// and that only its sender has on record. docs/guides/durability.md is the contract.
//
// Recovery first learns everything, and changes nothing until then. If something that a replay
// needs is missing, or the component does not do what it did, the whole tree of that actor stays as
// it is.
#pragma once

#include "theater/actor/cell/actor_template.h"
#include "theater/actor/cell/node_services.h"
#include "theater/base/error.h"
#include "theater/base/result.h"
#include "theater/log/reader/log_reader.h"
#include "theater/manifest/policy.h"
#include "theater/replay/replay.h"
#include "theater/runtime/node_spawner.h"
#include "theater/runtime/recovery_tree.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace theater {

struct RecoveryRequest {
  const log::LogReader& log;
  // Of the node's own blobs and engine.
  replay::Components& components;
  // The operator's current policy. No actor gets a right that it no longer allows.
  Policy policy = Policy::default_policy();
  // Called at times with the number of events that were replayed.
  std::function<void(uint64_t events)> progress = {};
};

// An actor without a parent.
struct RecoveredRoot {
  ActorId id;
  std::shared_ptr<const ActorTemplate> common;
};

// A tree that stays as the log has it, or that ended when it had to resume.
struct UnrecoverableTree {
  ActorId root;
  std::string name;
  std::optional<Hash> manifest;  // Its digest.
  Error why;
};

// An actor that recovery ends.
struct EndedActor {
  ActorId id;
  std::string name;
  std::optional<ActorId> parent;
  std::optional<Hash> manifest;        // Its digest.
  std::optional<ManifestPlace> place;  // The place of a root's manifest, if the home has it.
  log::Ending how;
  EndReason why;
  bool is_declared = false;  // A manifest of its parent's declares it.
  bool parent_resumes = false;
};

struct RecoveryReport {
  std::vector<RecoveredRoot> roots;  // The roots that resume.
  std::vector<UnrecoverableTree> lost;
  std::vector<EndedActor> ended;  // Children before their parents.
  uint64_t actors = 0;            // All actors that resume.
  uint64_t delivered = 0;         // Messages.
  uint64_t replayed = 0;          // Events that were replayed to compute the states.
};

// The parts of the node that recovery uses. All outlive it.
struct RecoveryParts {
  NodeServices& services;
  NodeSpawner& spawner;
  const Recording& recording;
};

// Works in two steps, and the first changes nothing. For one thread.
class Recovery {
 public:
  // Reads the log, and computes the position and state of each actor. Slow. The objects in
  // `request` outlive this one. Fails as reading the log does, with kCorrupt or kIo.
  static Result<std::unique_ptr<Recovery>> prepare(const RecoveryParts& parts,
                                                   const RecoveryRequest& request);
  ~Recovery();

  // Whether any actor resumes, is ended, or cannot resume.
  bool anything() const;

  // The roots that resume, in the order of their first start.
  std::vector<RecoveredRoot> roots() const;

  // The trees that stay as they are.
  const std::vector<UnrecoverableTree>& lost() const;

  // Closes what is open, and begins every actor that resumes. Calls `came_up` for each root on a
  // worker: with no error when it is up, or with the reason why it is not. May be called once,
  // before the node spawns anything else. Reads nothing, so no read error can leave the work half
  // done. Fails with kResourceExhausted if the node takes fewer actors than the one that was lost.
  using CameUp = std::function<void(const ActorId&, std::optional<Error>)>;
  Result<RecoveryReport> run(const CameUp& came_up);

 private:
  struct RecoveredActor;
  struct RepairFacts;
  class Recoverer;
  explicit Recovery(std::unique_ptr<Recoverer> recoverer);

  std::unique_ptr<Recoverer> recoverer_;
};

}  // namespace theater
