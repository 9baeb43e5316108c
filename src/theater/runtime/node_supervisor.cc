#include "theater/runtime/node_supervisor.h"

#include "theater/actor/cell/cell.h"

#include <fmt/format.h>

#include <utility>

namespace theater {

struct NodeSupervisor::Root {
  std::shared_ptr<ActorCell> cell;
  SupervisionRules rules;
  Supervision supervision{rules};
  std::string why_down = {};
  Timers::Id back_off = 0;
};

struct NodeSupervisor::State {
  struct Roots {
    std::unordered_map<ActorId, Root> by_id;
    bool stopped = false;
  };

  Timers& timers;
  const Clock& clock;
  Guarded<Roots> roots;

  State(Timers& given_timers, const Clock& given_clock)
      : timers(given_timers), clock(given_clock) {}

  Supervision::Time now() const {
    return std::chrono::duration_cast<Supervision::Time>(clock.monotonic());
  }
};

NodeSupervisor::NodeSupervisor(Timers& timers, const Clock& clock)
    : state_(std::make_shared<State>(timers, clock)) {}

// The lock is held while the cell gets its order, which only puts an item into the mailbox.
template <class Change>
void NodeSupervisor::apply(const std::shared_ptr<State>& state, const ActorId& root,
                           const Change& change) {
  state->roots.with([&](State::Roots& roots) {
    auto found = roots.by_id.find(root);
    if (found == roots.by_id.end() || roots.stopped) return;
    for (const Supervision::Step& step : change(found->second.supervision, state->now()))
      perform(state, found->second, step);
  });
}

void NodeSupervisor::perform(const std::shared_ptr<State>& state, Root& root,
                             const Supervision::Step& step) {
  using What = Supervision::Step::What;
  switch (step.what) {
    case What::kWait:
      root.back_off = state->timers.after(step.delay, [state, id = step.child] {
        apply(state, id, [&](Supervision& supervision, Supervision::Time now) {
          return supervision.due(id, now);
        });
      });
      return;
    case What::kStart:
      state->timers.cancel(std::exchange(root.back_off, 0));
      return root.cell->restart();
    case What::kRelease:
      return root.cell->terminate();
    case What::kEscalate:
      return root.cell->terminate(fmt::format(
          "too many restarts: more than {} within {} ms; the last failure: {}", root.rules.restarts,
          root.rules.period.count(), root.why_down.empty() ? "it ended itself" : root.why_down));
    case What::kStop:
    case What::kRemove:
      break;
  }
}

void NodeSupervisor::root_is_up(const ActorId& root) {
  apply(state_, root,
        [&](Supervision& supervision, Supervision::Time now) { return supervision.up(root, now); });
}

void NodeSupervisor::root_is_down(const std::shared_ptr<ActorCell>& root, const ChildDown& down) {
  const ActorId& id = root->id();
  state_->roots.with([&](State::Roots& roots) {
    if (roots.stopped) return;
    auto [found, is_new] = roots.by_id.try_emplace(
        id, Root{.cell = root, .rules = root->common()->policy.root_supervision().rules});
    if (is_new) found->second.supervision.add(id, root->rules().restart);
    found->second.why_down = down.why;
  });
  apply(state_, id, [&](Supervision& supervision, Supervision::Time now) {
    return supervision.down(id, down.how, now);
  });
}

void NodeSupervisor::root_is_gone(const ActorId& root) {
  // Destroyed without the lock.
  std::unordered_map<ActorId, Root>::node_type gone;
  state_->roots.with([&](State::Roots& roots) { gone = roots.by_id.extract(root); });
  if (gone) state_->timers.cancel(gone.mapped().back_off);
}

void NodeSupervisor::stop() {
  auto roots = state_->roots.with([](State::Roots& now) {
    now.stopped = true;
    return std::exchange(now.by_id, {});
  });
  for (const auto& [id, root] : roots)
    state_->timers.cancel(root.back_off);
}

}  // namespace theater
