// The parts of an actor that ActorRef::inspect() shows: its chain and its state as they are between
// two steps of its guest.
#pragma once

#include "theater/base/bytes.h"
#include "theater/base/id.h"
#include "theater/log/event/chain.h"

#include <optional>

namespace theater {

// Valid during the call that gets it, on the worker that has the actor.
struct ActorView {
  const ActorId& id;
  const log::Chain& chain;
  const std::optional<Bytes>& state;  // As the last call has left it.
  bool has_ended = false;
};

}  // namespace theater
