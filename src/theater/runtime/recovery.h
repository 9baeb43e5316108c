// A node goes on where it was lost.
//
// Whatever a crash leaves in the log is whole: of each actor a chain that ends somewhere. Here each
// of them is made good. A call that was in progress failed with the node, its intents have an
// unknown outcome and its requests no answer; what had ended, or would have, is ended; what nobody
// had heard of never was. Everybody else goes on: the actor's last state is computed by replaying
// its chain, and a fresh instance begins from it, with the same id, chain and children, in the
// order in which the trees were started. What was accepted for an actor and is in no chain but its
// sender's is delivered now. docs/guides/durability.md is the contract.
//
// Nothing happens before everything is known: an actor that cannot go on, because something that
// its replay needs is missing or does otherwise than before, keeps its whole tree as it is.
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
  // The operator's: what it does not allow any more, nobody gets again.
  Policy policy = Policy::default_policy();
  // Called now and then with how much of the log was replayed.
  std::function<void(uint64_t events)> progress = {};
};

// An actor without a parent.
struct RecoveredRoot {
  ActorId id;
  std::shared_ptr<const ActorTemplate> common;
};

// A tree that stays as the log has it, or that ended when it was to go on.
struct UnrecoverableTree {
  ActorId root;
  std::string name;
  std::optional<Hash> manifest;  // Its digest.
  Error why;
};

// An actor whose end is made good.
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
  std::vector<RecoveredRoot> roots;  // That go on.
  std::vector<UnrecoverableTree> lost;
  std::vector<EndedActor> ended;  // Children before their parents.
  uint64_t actors = 0;            // That go on, all together.
  uint64_t delivered = 0;         // Messages.
  uint64_t replayed = 0;          // Events, to compute the states of those who go on.
};

// What recovery acts on. All outlive it.
struct RecoveryParts {
  NodeServices& services;
  NodeSpawner& spawner;
  const Recording& recording;
};

// In two steps, of which the first changes nothing. For one thread.
class Recovery {
 public:
  // Reads the log, and computes where everybody stands. Slow. What `request` refers to outlives the
  // object. Fails as reading the log does, with kCorrupt or kIo.
  static Result<std::unique_ptr<Recovery>> prepare(const RecoveryParts& parts,
                                                   const RecoveryRequest& request);
  ~Recovery();

  // Whether there is anybody who goes on, is ended, or cannot go on.
  bool anything() const;

  // Who is to go on, in the order in which they were started.
  std::vector<RecoveredRoot> roots() const;

  // Whose trees stay as they are.
  const std::vector<UnrecoverableTree>& lost() const;

  // Makes good what was left open, and begins every actor that goes on; `came_up` is called for
  // each root on a worker, with no error once it is up, or with what kept it from that. Once, and
  // before anything else is spawned. Reads nothing, so that no read error finds the work half done.
  // Fails with kResourceExhausted if the node takes fewer actors than the one that was lost.
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
