#include "theater/actor/wait_graph.h"

#include "theater/base/check.h"

namespace theater {

std::vector<ActorId> WaitGraph::enter(const ActorId& from, const ActorId& to, uint64_t call) {
  return waits_.with([&](auto& waits) {
    std::vector<ActorId> ring{from};
    for (ActorId at = to; at != from;) {
      ring.push_back(at);
      auto next = waits.find(at);
      if (next == waits.end()) {
        bool is_new = waits.emplace(from, Wait{to, call}).second;
        THEATER_CHECK(is_new, "actor {} waits twice", from.to_string());
        return std::vector<ActorId>();
      }
      at = next->second.to;
    }
    return ring;
  });
}

void WaitGraph::leave(const ActorId& from, uint64_t call) {
  waits_.with([&](auto& waits) {
    auto found = waits.find(from);
    if (found != waits.end() && found->second.call == call) waits.erase(found);
  });
}

}  // namespace theater
