// The parts that an actor is made from.
#pragma once

#include "theater/actor/cell/actor_template.h"
#include "theater/actor/handler/actor_secrets.h"
#include "theater/actor/supervision/spawner.h"
#include "theater/base/bytes.h"
#include "theater/base/error.h"
#include "theater/base/id.h"
#include "theater/log/event/chain.h"
#include "theater/log/event/peers.h"
#include "theater/log/writer/event_sink.h"
#include "theater/manifest/supervision.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>

namespace theater {

class ActorCell;

// An actor that lived before the node was lost, as its chain describes it.
struct Recovered {
  log::ActorNumber number;             // The number of its chain in the log.
  log::Chain chain;                    // Its chain, with the call in progress closed.
  uint64_t began_us = 0;               // The time of its `genesis`, microseconds since 1970.
  uint64_t instances = 0;              // The instances on record.
  std::optional<Bytes> initial_state;  // The state of the first instance, if a restart may need it.
  bool init_runs = false;              // Whether `init` runs in the instance that follows.
  bool was_up = false;
  bool is_paused = false;
  std::optional<log::Updated> updated;  // The update in effect; none if there was none.
  log::Held held;  // What its handlers hold and its budgets have used, as its record has it.
};

// How the operator started an actor without a parent. The record follows the actor's `genesis`.
struct RootStart {
  log::Started record;
  log::Originator by;
};

struct ActorSpec {
  ActorId id;
  // Shared by all actors that were spawned from it.
  std::shared_ptr<const ActorTemplate> common;
  std::optional<Bytes> state;
  // The parent, which is notified of start and end, and restarts the actor. None for a root.
  std::optional<ParentLink> parent;
  ChildRules rules = {};  // The rules of the parent, or of the node, for the actor.
  // None for a child, and for a root that was started without a record of it. With it the node
  // supervises the actor (RootSupervisor).
  std::optional<RootStart> root = {};
  // Whether `init` runs when the actor starts from its initial state; else it continues from there.
  bool init_runs = true;
  // Whether it keeps a copy of its whole chain (whole_chain.h). Its life begins here then.
  bool keeps_whole_chain = false;
  // None for an actor whose life begins here.
  std::optional<Recovered> recovered = {};
  // The operator's secrets that it holds.
  ActorSecrets secrets = {};

  // Called once, without locks held, on the worker or the committing thread. No error says that
  // `init` has returned and the outside may know it. An error is the reason why the actor has ended
  // before, or the log has stopped.
  std::function<void(std::optional<Error>)> on_started;
  // Called once, when `terminated` is on record.
  std::function<void(const ActorCell&)> on_ended;
};

}  // namespace theater
