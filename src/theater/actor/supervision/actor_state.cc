#include "theater/actor/supervision/actor_state.h"

#include <algorithm>

namespace theater {

namespace {

using Next = std::optional<Transition>;

constexpr LifeState kIdleState{Phase::kIdle, Due::kNothing};
constexpr LifeState kPausedState{Phase::kPaused, Due::kNothing};
constexpr LifeState kEndState{Phase::kShuttingDown, Due::kNothing};

constexpr Transition kEndNow{kEndState, Verdict::kNone, Duty::kEnd};

bool is_busy(LifeState state) {
  return state.phase == Phase::kStarting || state.phase == Phase::kProcessing;
}

// Set-up or a call is over: what is due comes true.
Transition become_free(LifeState from) {
  switch (from.due) {
    case Due::kNothing:
      return {kIdleState};
    case Due::kPause:
      return {kPausedState};
    case Due::kShutdown:
      break;
  }
  return kEndNow;
}

Transition pause(LifeState from, bool later) {
  switch (from.phase) {
    case Phase::kIdle:
    case Phase::kPaused:
      return {kPausedState, Verdict::kOk};
    case Phase::kWaiting:
      // It takes no message anyway, and will not when it is back.
      return {{from.phase, Due::kPause}, Verdict::kOk};
    case Phase::kShuttingDown:
      return {from, Verdict::kShuttingDown};
    case Phase::kStarting:
    case Phase::kProcessing:
      break;
  }
  if (from.due == Due::kShutdown) return {from, Verdict::kShuttingDown};
  if (!later) return {from, Verdict::kCannotPause};
  return {{from.phase, Due::kPause}, Verdict::kLater};
}

Transition resume(LifeState from) {
  if (from.phase == Phase::kPaused) return {kIdleState, Verdict::kOk};
  bool waits_paused = from.phase == Phase::kWaiting && from.due == Due::kPause;
  if (waits_paused) return {{from.phase, Due::kNothing}, Verdict::kOk};
  bool ending = from.phase == Phase::kShuttingDown;
  return {from, ending ? Verdict::kShuttingDown : Verdict::kNotPaused};
}

Transition shut_down(LifeState from) {
  // A second one joins the first.
  if (from.phase == Phase::kShuttingDown) return {from, Verdict::kOk};
  if (is_busy(from)) return {{from.phase, Due::kShutdown}, Verdict::kOk};
  return {kEndState, Verdict::kOk, Duty::kEnd};
}

// A pause outlasts the instance.
Transition go_down(LifeState from) {
  bool paused = from.phase == Phase::kPaused || from.due == Due::kPause;
  return {{Phase::kWaiting, paused ? Due::kPause : Due::kNothing}};
}

bool has_instance(LifeState state) {
  return state.phase != Phase::kWaiting && state.phase != Phase::kShuttingDown;
}

Next only_if(bool possible, const Transition& next) {
  return possible ? Next(next) : std::nullopt;
}

}  // namespace

std::optional<Transition> transition(LifeState from, LifeEvent event) {
  switch (event) {
    case LifeEvent::kStarted:
      return only_if(from.phase == Phase::kStarting, become_free(from));
    case LifeEvent::kStartFailed:
      return only_if(from.phase == Phase::kStarting, kEndNow);
    case LifeEvent::kCallBegan:
      return only_if(from.phase == Phase::kIdle, {{Phase::kProcessing, Due::kNothing}});
    case LifeEvent::kCallEnded:
      return only_if(from.phase == Phase::kProcessing, become_free(from));
    case LifeEvent::kInstanceLost:
      return only_if(has_instance(from), kEndNow);
    case LifeEvent::kLeft:
      return only_if(is_busy(from), {{from.phase, Due::kShutdown}});
    case LifeEvent::kDown:
      return only_if(has_instance(from), go_down(from));
    case LifeEvent::kRevived:
      return only_if(from.phase == Phase::kWaiting, {{Phase::kStarting, from.due}});
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
  return Transition{kEndState, Verdict::kOk, Duty::kForce};
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

std::string_view life_state_name(LifeState state) {
  constexpr std::array<std::string_view, kLifeStates.size()> kNames = {
      "starting",   "starting+pause",   "starting+shutdown",   "idle",
      "processing", "processing+pause", "processing+shutdown", "paused",
      "waiting",    "waiting+pause",    "shutting-down"};
  auto at = std::find(kLifeStates.begin(), kLifeStates.end(), state);
  return kNames[static_cast<size_t>(at - kLifeStates.begin())];
}

std::string_view life_event_name(LifeEvent event) {
  constexpr std::array<std::string_view, kLifeEvents.size()> kNames = {
      "started",     "start-failed", "call-began", "call-ended", "instance-lost",
      "left",        "down",         "revived",    "released",   "pause",
      "pause-later", "resume",       "shutdown",   "terminate"};
  return kNames[static_cast<size_t>(event)];
}

std::string_view verdict_name(Verdict verdict) {
  constexpr std::array<std::string_view, 6> kNames = {"",          "ok",          "later",
                                                      "NotPaused", "CannotPause", "ShuttingDown"};
  return kNames[static_cast<size_t>(verdict)];
}

std::string_view duty_name(Duty duty) {
  constexpr std::array<std::string_view, 3> kNames = {"", "end", "force"};
  return kNames[static_cast<size_t>(duty)];
}

}  // namespace theater
