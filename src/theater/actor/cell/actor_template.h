// What actors have in common that are spawned alike: everything that is decided, read and compiled
// before there is an actor, and that does not change while there is one.
//
// It is made once and shared by all actors that are spawned from it, so that another one costs
// neither a parse, a compilation nor a copy.
#pragma once

#include "theater/actor/handler/binding.h"
#include "theater/actor/messaging/mailbox.h"
#include "theater/engine/guest.h"
#include "theater/manifest/limits.h"
#include "theater/manifest/manifest.h"
#include "theater/manifest/permissions.h"
#include "theater/manifest/policy.h"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace theater {

// Immutable, and then safe from any thread. Its binding's handlers outlive it.
struct ActorTemplate {
  Manifest manifest;
  Policy policy = Policy::default_policy();  // The operator's, for children.
  Permissions permissions;                   // Effective ones.
  std::vector<std::string> grants;           // The same as sorted texts, for the record.
  // Those of the manifest's reader, a guest above the actor; none if it was the operator. What the
  // manifest refers to is read with the same rights.
  std::optional<Permissions> reader;
  ManifestLimits bounds;  // What holds: the manifest's limits, under the operator's.
  ManifestBudget budget;  // Its own; those above it hold too.
  engine::Limits limits;  // The same for the engine,
  MailboxLimits mailbox;  // and for the mailbox.
  Hash component;         // Digest of the component.
  std::string engine;     // Identity of what computes.
  std::shared_ptr<const Binding> binding;
  std::shared_ptr<const engine::Program> program;
  // The rest follows from what is above (complete_template()).
  std::vector<uint32_t> export_numbers;  // Of the program, for the exports of the binding.
  std::vector<bool> granted;             // Whether the actor may use each handler of the binding.

  // Whether the handler of this export, if there is one, may call it.
  bool may_be_called(const BoundExport& bound) const {
    return !bound.handler || granted[*bound.handler];
  }
};

// Works out what follows from binding, program and permissions.
void complete_template(ActorTemplate& made);

}  // namespace theater
