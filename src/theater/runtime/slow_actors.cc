#include "theater/runtime/slow_actors.h"

#include <utility>

namespace theater {

std::vector<SlowActors::Slow> SlowActors::look(const Runtime& runtime, uint64_t now_us) {
  auto slow_us = static_cast<uint64_t>(kSlow.count());
  std::unordered_map<ActorId, uint64_t> before = std::exchange(known_, {});
  std::vector<Slow> found;
  for (const ActorId& id : runtime.actors()) {
    auto status = runtime.status(id);
    bool is_busy =
        status && (status->phase == Phase::kStarting || status->phase == Phase::kProcessing);
    if (!is_busy || status->since_us + slow_us >= now_us) continue;
    known_.emplace(id, status->since_us);
    auto known = before.find(id);
    if (known != before.end() && known->second == status->since_us) continue;
    std::chrono::microseconds since(now_us - status->since_us);
    found.push_back({id, *std::move(status), std::chrono::floor<std::chrono::seconds>(since)});
  }
  return found;
}

}  // namespace theater
