// New code for a living actor: what an update brings, and whether the actor can take it.
//
// Between two calls the actor drops its instance and continues with another component, the rights
// that go with it, and perhaps another manifest. Its id, chain, mailbox and state stay, and what
// its handlers hold. What the old instance kept in its own memory is lost, as with a restart.
//
// What is fixed at an actor's start stays fixed: an update that would change it is refused.
#pragma once

#include "theater/actor/cell/actor_template.h"
#include "theater/base/result.h"
#include "theater/log/event/bodies.h"
#include "theater/log/event/peers.h"

#include <memory>

namespace theater {

// Immutable.
struct ActorUpdate {
  std::shared_ptr<const ActorTemplate> common;
  log::Updated record;
  log::Originator by;
};

// Whether an actor of the first template can continue with the second. Fails with kInvalidArgument,
// naming everything that does not fit: keys of the manifest that an update cannot change, and
// exports that callers of the actor may use and the new component lacks.
Result<void> check_update(const ActorTemplate& now, const ActorTemplate& next);

}  // namespace theater
