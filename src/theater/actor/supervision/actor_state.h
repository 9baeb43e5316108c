// Where an actor is in its life, and what may lead from there to where.
//
// An actor is set up, then waits for messages and processes them one by one, may be paused between
// two of them, and ends once. What is asked of it while it is busy is remembered and comes true
// when it is free. This is the whole of the rule: a pure function from a state and an event to the
// next state, what the actor has to do, and what whoever asked is told.
// docs/reference/actor-states.md has the same as a table, and a test compares the two pair by pair.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace theater {

enum class Phase : uint8_t {
  kStarting,      // From its genesis until `init` has returned.
  kIdle,          // Free, and ready for the next message.
  kProcessing,    // From the beginning of a call to its end, waiting included.
  kPaused,        // Free, and not to take messages.
  kWaiting,       // Without an instance, until its supervisor says what becomes of it.
  kShuttingDown,  // On its way out; nothing leads back.
};

// What an actor that is busy will do as soon as it is free.
enum class Pending : uint8_t { kNothing, kPause, kShutdown };

struct ActorState {
  Phase phase = Phase::kStarting;
  // Other than kNothing while starting, processing or waiting only.
  Pending pending = Pending::kNothing;

  bool operator==(const ActorState&) const = default;
};

// Every state that there is.
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
  // Of the actor itself.
  kStarted,       // It is set up, and `init` has returned.
  kStartFailed,   // Its set-up failed, or `init` returned an error.
  kCallBegan,     //
  kCallEnded,     // With a result or an error.
  kInstanceLost,  // By a trap or a limit, or because it could not keep its children running.
  kLeft,          // Its guest asked for its own end.
  // The same as the end of one life among several: its supervisor may give it another.
  kDown,
  // Said by its supervisor.
  kRevived,   // It gets a fresh instance.
  kReleased,  // It does not.
  // Asked by others.
  kPause,
  kPauseLater,  // The same, or as soon as it is free.
  kResume,
  kShutdown,   // End as soon as it is free.
  kTerminate,  // End now.
};

inline constexpr std::array<LifeEvent, 14> kLifeEvents = {
    LifeEvent::kStarted,   LifeEvent::kStartFailed,  LifeEvent::kCallBegan,
    LifeEvent::kCallEnded, LifeEvent::kInstanceLost, LifeEvent::kLeft,
    LifeEvent::kDown,      LifeEvent::kRevived,      LifeEvent::kReleased,
    LifeEvent::kPause,     LifeEvent::kPauseLater,   LifeEvent::kResume,
    LifeEvent::kShutdown,  LifeEvent::kTerminate};

// What whoever asked is told. Events of the actor itself have nobody to tell.
enum class ControlResult : uint8_t {
  kNone,
  kOk,
  kLater,        // Not yet; ok when it has come true.
  kNotPaused,    // Error: there is nothing to resume.
  kCannotPause,  // Error: it is busy.
  kShuttingDown  // Error: it is on its way out.
};

// What the actor has to do.
enum class Duty : uint8_t {
  kNothing,
  kEnd,    // End in order: it is free.
  kForce,  // Drop the call in progress, if there is one, and end.
};

struct Transition {
  ActorState to;
  ControlResult result = ControlResult::kNone;
  Duty duty = Duty::kNothing;

  bool operator==(const Transition&) const = default;
};

// Nothing for an event that cannot happen in that state: that would be a bug of ours.
std::optional<Transition> transition(ActorState from, LifeEvent event);

// "starting", "idle", "processing", "paused", "waiting", "shutting-down".
std::string_view phase_name(Phase phase);

// As in the table: "starting", "starting+pause", "processing+shutdown", …
std::string_view actor_state_name(ActorState state);
// "started", "start-failed", "call-began", "pause-later", …
std::string_view life_event_name(LifeEvent event);
// "", "ok", "later", "NotPaused", "CannotPause", "ShuttingDown".
std::string_view control_result_name(ControlResult result);
// "", "end", "force".
std::string_view duty_name(Duty duty);

}  // namespace theater
