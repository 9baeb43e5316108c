// The node as the supervisor of the actors without a parent that it restarts.
//
// Each of them has a Supervision of its own, with the rules of its policy: its restarts never touch
// another root, and too many of them end it and nothing else. A root that has not gone down yet has
// none, so a start costs nothing here.
#pragma once

#include "theater/actor/scheduling/timers.h"
#include "theater/actor/supervision/root_supervisor.h"
#include "theater/actor/supervision/supervision.h"
#include "theater/base/clock.h"
#include "theater/base/guarded.h"

#include <memory>
#include <string>
#include <unordered_map>

namespace theater {

// Safe from any thread.
class NodeSupervisor final : public RootSupervisor {
 public:
  // Both outlive the object.
  NodeSupervisor(Timers& timers, const Clock& clock);

  void root_is_up(const ActorId& root) override;
  void root_is_down(const std::shared_ptr<ActorCell>& root, const ChildDown& down) override;
  void root_is_gone(const ActorId& root) override;

  // Restarts none from here on, and cancels what waits.
  void stop();

 private:
  struct Root;
  struct State;

  // Takes the steps that follow from an event, which `change` reports.
  template <class Change>
  static void apply(const std::shared_ptr<State>& state, const ActorId& root, const Change& change);
  static void perform(const std::shared_ptr<State>& state, Root& root,
                      const Supervision::Step& step);

  // Shared with timers, which may run until they are cancelled.
  std::shared_ptr<State> state_;
};

}  // namespace theater
