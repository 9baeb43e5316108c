// The handler `supervisor`: actors that start and stop other actors, their children, and hear of
// their ends.
//
// It turns a guest's words into the actor's own doings (actor/children.h), and lets the actor call
// what actor/child_notice.h has; files, permissions and compilation are the runtime's business. See
// README.md in this folder.
#pragma once

#include "theater/actor/handler/handler.h"

namespace theater {

// Safe from any thread.
class SupervisorHandler final : public Handler {
 public:
  SupervisorHandler();

  Result<std::unique_ptr<Session>> make_session(const SessionContext& context) const override;
};

}  // namespace theater
