#include "theater/actor/phase.h"

#include "theater/base/check.h"

namespace theater {

std::string_view phase_name(Phase phase) {
  switch (phase) {
    case Phase::kStarting:
      return "starting";
    case Phase::kIdle:
      return "idle";
    case Phase::kProcessing:
      return "processing";
    case Phase::kShuttingDown:
      return "shutting-down";
  }
  return "";
}

Phase next_phase(Phase phase, PhaseEvent event) {
  if (event == PhaseEvent::kEnding) return Phase::kShuttingDown;
  if (phase == Phase::kStarting && event == PhaseEvent::kStarted) return Phase::kIdle;
  if (phase == Phase::kIdle && event == PhaseEvent::kCallBegan) return Phase::kProcessing;
  if (phase == Phase::kProcessing && event == PhaseEvent::kCallEnded) return Phase::kIdle;
  THEATER_CHECK(false, "event {} in phase {}", static_cast<int>(event), phase_name(phase));
  return phase;
}

}  // namespace theater
