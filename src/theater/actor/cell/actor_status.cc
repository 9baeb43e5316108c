#include "theater/actor/cell/actor_status.h"

#include <fmt/format.h>

namespace theater {

std::string ActorStatus::text() const {
  if (ended) return failure.empty() ? "Stopped" : "Failed";
  switch (phase) {
    case Phase::kStarting:
    case Phase::kWaiting:
      return fmt::format("Starting: {}", step);
    case Phase::kIdle:
      return "Idle";
    case Phase::kProcessing:
      return fmt::format("Processing: {}", function);
    case Phase::kPaused:
      return "Paused";
    case Phase::kShuttingDown:
      break;
  }
  return "ShuttingDown";
}

}  // namespace theater
