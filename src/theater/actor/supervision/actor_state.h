// The states of an actor, and the events that lead from one to another.
//
// An actor is set up, then waits for messages and processes them one by one, may be paused between
// two of them, and ends once. A busy actor remembers a request and fulfils it when it is free. The
// whole rule is a pure function: from a state and an event to the next state and the caller's
// answer. docs/reference/actor-states.md has the same rule as a table, and a test compares every
// pair of the two. Lifecycle (lifecycle.h) adds the rules of several instances.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace theater {

enum class Phase : uint8_t {
  kStarting,      // From the genesis until `init` has returned.
  kIdle,          // Free, and ready for the next message.
  kProcessing,    // From the beginning of a call to its end, waiting included.
  kPaused,        // Free, but taking no messages.
  kWaiting,       // Without an instance, until the supervisor decides the next step.
  kShuttingDown,  // Ending; no state follows.
};

// The next step of a busy actor as soon as it is free.
enum class Pending : uint8_t { kNothing, kPause, kShutdown };

struct ActorState {
  Phase phase = Phase::kStarting;
  // Always kNothing except while starting, processing or waiting.
  Pending pending = Pending::kNothing;

  bool operator==(const ActorState&) const = default;
};

// Every state.
inline constexpr std::array<ActorState, 11> kActorStates = {{
    {Phase::kStarting, Pending::kNothing},
    {Phase::kStarting, Pending::kPause},
    {Phase::kStarting, Pending::kShutdown},
    {Phase::kIdle, Pending::kNothing},
    {Phase::kProcessing, Pending::kNothing},
    {Phase::kProcessing, Pending::kPause},
    {Phase::kProcessing, Pending::kShutdown},
    {Phase::kPaused, Pending::kNothing},
    {Phase::kWaiting, Pending::kNothing},
    {Phase::kWaiting, Pending::kPause},
    {Phase::kShuttingDown, Pending::kNothing},
}};

enum class LifeEvent : uint8_t {
  // Events of the actor itself.
  kStarted,       // Set-up is done, and `init` has returned.
  kStartFailed,   // Set-up failed, or `init` returned an error.
  kCallBegan,     //
  kCallEnded,     // The guest has returned, with a result or an error.
  kInstanceLost,  // The guest trapped or reached a limit, or the children kept failing.
  kLeft,          // The guest asked for its own end.
  // The instance is gone in one of these ways, and the supervisor may give the actor another.
  kDown,
  // Decisions of the supervisor.
  kRevived,   // The actor gets a fresh instance.
  kReleased,  // The actor ends.
  // Requests of callers.
  kPause,
  kPauseLater,  // Pause now, or as soon as the actor is free.
  kResume,
  kShutdown,   // End as soon as the actor is free.
  kTerminate,  // End now.
};

inline constexpr std::array<LifeEvent, 14> kLifeEvents = {
    LifeEvent::kStarted,   LifeEvent::kStartFailed,  LifeEvent::kCallBegan,
    LifeEvent::kCallEnded, LifeEvent::kInstanceLost, LifeEvent::kLeft,
    LifeEvent::kDown,      LifeEvent::kRevived,      LifeEvent::kReleased,
    LifeEvent::kPause,     LifeEvent::kPauseLater,   LifeEvent::kResume,
    LifeEvent::kShutdown,  LifeEvent::kTerminate};

// The answer to the caller. Events of the actor itself have no caller.
enum class ControlResult : uint8_t {
  kNone,
  kOk,
  kLater,        // Not yet; ok when the pause takes effect.
  kNotPaused,    // Error: the actor is not paused.
  kCannotPause,  // Error: the actor is busy.
  kShuttingDown  // Error: the actor is ending.
};

struct Transition {
  ActorState to;
  ControlResult result = ControlResult::kNone;

  bool operator==(const Transition&) const = default;
};

// None for an event that cannot happen in that state.
std::optional<Transition> transition(ActorState from, LifeEvent event);

// "starting", "idle", "processing", "paused", "waiting", "shutting-down".
std::string_view phase_name(Phase phase);

// As in the table: "starting", "starting+pause", "processing+shutdown", …
std::string_view actor_state_name(ActorState state);
// "started", "start-failed", "call-began", "pause-later", …
std::string_view life_event_name(LifeEvent event);
// "", "ok", "later", "NotPaused", "CannotPause", "ShuttingDown".
std::string_view control_result_name(ControlResult result);

}  // namespace theater
