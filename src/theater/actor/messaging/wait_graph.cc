#include "theater/actor/messaging/wait_graph.h"

#include "theater/base/check.h"

namespace theater {

std::vector<ActorId> WaitGraph::enter(const ActorId& from, const ActorId& to, uint64_t call) {
  Wait own{to, call};
  bool is_new = shard(from).with([&](Shard& waits) { return waits.emplace(from, own).second; });
  THEATER_CHECK(is_new, "actor {} waits twice", from.to_string());
  if (!comes_back(from, own)) return {};
  return confirming_.with([&](Confirming&) { return confirm(from, call); });
}

void WaitGraph::leave(const ActorId& from, uint64_t call) {
  shard(from).with([&](Shard& waits) {
    auto found = waits.find(from);
    if (found != waits.end() && found->second.call == call) waits.erase(found);
  });
}

bool WaitGraph::find(const ActorId& from, Wait& wait) {
  return shard(from).with([&](const Shard& waits) {
    auto found = waits.find(from);
    if (found == waits.end()) return false;
    wait = found->second;
    return true;
  });
}

// Walks once. To notice a ring of others it compares with an actor that it passed, a later one each
// time the number of steps has doubled.
bool WaitGraph::comes_back(const ActorId& from, const Wait& first) {
  Wait wait = first;
  ActorId passed = from;
  uint64_t steps = 0;
  uint64_t next_mark = 2;
  while (wait.to != from) {
    if (wait.to == passed) return false;
    if (++steps == next_mark) {
      passed = wait.to;
      next_mark *= 2;
    }
    ActorId at = wait.to;
    if (!find(at, wait)) return false;
  }
  return true;
}

// The waits of a walk that comes back; empty if it does not.
std::vector<WaitGraph::Step> WaitGraph::ring_from(const ActorId& from) {
  std::vector<Step> steps;
  ActorId at = from;
  size_t passed = 0;
  size_t next_mark = 2;
  do {
    Wait wait;
    if (!find(at, wait)) return {};
    steps.push_back({at, wait});
    at = wait.to;
    if (at != from && at == steps[passed].from) return {};
    if (steps.size() == next_mark) {
      passed = steps.size() - 1;
      next_mark *= 2;
    }
  } while (at != from);
  return steps;
}

// Others may enter and leave meanwhile, but only one confirms.
std::vector<ActorId> WaitGraph::confirm(const ActorId& from, uint64_t call) {
  std::vector<Step> before = ring_from(from);
  while (!before.empty()) {
    std::vector<Step> again = ring_from(from);
    if (again == before) {
      leave(from, call);
      std::vector<ActorId> ring;
      for (const Step& step : again)
        ring.push_back(step.from);
      return ring;
    }
    before = std::move(again);
  }
  return {};
}

}  // namespace theater
