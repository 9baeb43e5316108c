// The supervisor of actors without a parent: the node.
//
// An actor that the operator started with a rule of restart loses its instance and waits as a child
// does. It notifies this supervisor in place of a parent, which follows the same rules
// (supervision.h) and answers with ActorInbox::restart() or terminate().
#pragma once

#include "theater/actor/supervision/child_event.h"
#include "theater/base/id.h"

#include <memory>

namespace theater {

class ActorCell;

// Each call comes from the turn of the actor that it is about. It must be short.
class RootSupervisor {
 public:
  virtual ~RootSupervisor() = default;

  // A later instance than the first is up.
  virtual void root_is_up(const ActorId& root) = 0;
  // The actor has lost its instance, its children have ended, and it waits for a verdict.
  virtual void root_is_down(const std::shared_ptr<ActorCell>& root, const ChildDown& down) = 0;
  // The end of the actor is on record.
  virtual void root_is_gone(const ActorId& root) = 0;
};

}  // namespace theater
