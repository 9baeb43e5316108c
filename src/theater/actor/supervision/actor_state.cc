#include "theater/actor/supervision/actor_state.h"

#include <algorithm>

namespace theater {

namespace {

using Next = std::optional<Transition>;

constexpr ActorState kIdleState{Phase::kIdle, Pending::kNothing};
constexpr ActorState kPausedState{Phase::kPaused, Pending::kNothing};
constexpr ActorState kEndState{Phase::kShuttingDown, Pending::kNothing};

constexpr Transition kEndNow{kEndState};

bool is_busy(ActorState state) {
  return state.phase == Phase::kStarting || state.phase == Phase::kProcessing;
}

// Set-up or a call is over: the pending step follows.
Transition become_free(ActorState from) {
  switch (from.pending) {
    case Pending::kNothing:
      return {kIdleState};
    case Pending::kPause:
      return {kPausedState};
    case Pending::kShutdown:
      break;
  }
  return kEndNow;
}

Transition pause(ActorState from, bool later) {
  switch (from.phase) {
    case Phase::kIdle:
    case Phase::kPaused:
      return {kPausedState, ControlResult::kOk};
    case Phase::kWaiting:
      // It takes no messages now, and none when it is back.
      return {{from.phase, Pending::kPause}, ControlResult::kOk};
    case Phase::kShuttingDown:
      return {from, ControlResult::kShuttingDown};
    case Phase::kStarting:
    case Phase::kProcessing:
      break;
  }
  if (from.pending == Pending::kShutdown) return {from, ControlResult::kShuttingDown};
  if (!later) return {from, ControlResult::kCannotPause};
  return {{from.phase, Pending::kPause}, ControlResult::kLater};
}

Transition resume(ActorState from) {
  if (from.phase == Phase::kPaused) return {kIdleState, ControlResult::kOk};
  bool waits_paused = from.phase == Phase::kWaiting && from.pending == Pending::kPause;
  if (waits_paused) return {{from.phase, Pending::kNothing}, ControlResult::kOk};
  bool ending = from.phase == Phase::kShuttingDown;
  return {from, ending ? ControlResult::kShuttingDown : ControlResult::kNotPaused};
}

Transition shut_down(ActorState from) {
  // A second one joins the first.
  if (from.phase == Phase::kShuttingDown) return {from, ControlResult::kOk};
  if (is_busy(from)) return {{from.phase, Pending::kShutdown}, ControlResult::kOk};
  return {kEndState, ControlResult::kOk};
}

// A pause outlasts the instance.
Transition go_down(ActorState from) {
  bool paused = from.phase == Phase::kPaused || from.pending == Pending::kPause;
  return {{Phase::kWaiting, paused ? Pending::kPause : Pending::kNothing}};
}

bool has_instance(ActorState state) {
  return state.phase != Phase::kWaiting && state.phase != Phase::kShuttingDown;
}

Next only_if(bool possible, const Transition& next) {
  return possible ? Next(next) : std::nullopt;
}

}  // namespace

std::optional<Transition> transition(ActorState from, LifeEvent event) {
  switch (event) {
    case LifeEvent::kStarted:
      return only_if(from.phase == Phase::kStarting, become_free(from));
    case LifeEvent::kStartFailed:
      return only_if(from.phase == Phase::kStarting, kEndNow);
    case LifeEvent::kCallBegan:
      return only_if(from.phase == Phase::kIdle, {{Phase::kProcessing, Pending::kNothing}});
    case LifeEvent::kCallEnded:
      return only_if(from.phase == Phase::kProcessing, become_free(from));
    case LifeEvent::kInstanceLost:
      return only_if(has_instance(from), kEndNow);
    case LifeEvent::kLeft:
      return only_if(is_busy(from), {{from.phase, Pending::kShutdown}});
    case LifeEvent::kDown:
      return only_if(has_instance(from), go_down(from));
    case LifeEvent::kRevived:
      return only_if(from.phase == Phase::kWaiting, {{Phase::kStarting, from.pending}});
    case LifeEvent::kReleased:
      return only_if(from.phase == Phase::kWaiting, kEndNow);
    case LifeEvent::kPause:
      return pause(from, false);
    case LifeEvent::kPauseLater:
      return pause(from, true);
    case LifeEvent::kResume:
      return resume(from);
    case LifeEvent::kShutdown:
      return shut_down(from);
    case LifeEvent::kTerminate:
      break;
  }
  return Transition{kEndState, ControlResult::kOk};
}

std::string_view phase_name(Phase phase) {
  switch (phase) {
    case Phase::kStarting:
      return "starting";
    case Phase::kIdle:
      return "idle";
    case Phase::kProcessing:
      return "processing";
    case Phase::kPaused:
      return "paused";
    case Phase::kWaiting:
      return "waiting";
    case Phase::kShuttingDown:
      break;
  }
  return "shutting-down";
}

std::string_view actor_state_name(ActorState state) {
  constexpr std::array<std::string_view, kActorStates.size()> kNames = {
      "starting",   "starting+pause",   "starting+shutdown",   "idle",
      "processing", "processing+pause", "processing+shutdown", "paused",
      "waiting",    "waiting+pause",    "shutting-down"};
  auto at = std::find(kActorStates.begin(), kActorStates.end(), state);
  return kNames[static_cast<size_t>(at - kActorStates.begin())];
}

std::string_view life_event_name(LifeEvent event) {
  constexpr std::array<std::string_view, kLifeEvents.size()> kNames = {
      "started",     "start-failed", "call-began", "call-ended", "instance-lost",
      "left",        "down",         "revived",    "released",   "pause",
      "pause-later", "resume",       "shutdown",   "terminate"};
  return kNames[static_cast<size_t>(event)];
}

std::string_view control_result_name(ControlResult result) {
  constexpr std::array<std::string_view, 6> kNames = {"",          "ok",          "later",
                                                      "NotPaused", "CannotPause", "ShuttingDown"};
  return kNames[static_cast<size_t>(result)];
}

}  // namespace theater
