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
enum class Due : uint8_t { kNothing, kPause, kShutdown };

struct LifeState {
  Phase phase = Phase::kStarting;
  // Other than kNothing while starting, processing or waiting only.
  Due due = Due::kNothing;

  bool operator==(const LifeState&) const = default;
};

// Every state that there is.
inline constexpr std::array<LifeState, 11> kLifeStates = {{
    {Phase::kStarting, Due::kNothing},
    {Phase::kStarting, Due::kPause},
    {Phase::kStarting, Due::kShutdown},
    {Phase::kIdle, Due::kNothing},
    {Phase::kProcessing, Due::kNothing},
    {Phase::kProcessing, Due::kPause},
    {Phase::kProcessing, Due::kShutdown},
    {Phase::kPaused, Due::kNothing},
    {Phase::kWaiting, Due::kNothing},
    {Phase::kWaiting, Due::kPause},
    {Phase::kShuttingDown, Due::kNothing},
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
enum class Verdict : uint8_t {
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
  LifeState to;
  Verdict verdict = Verdict::kNone;
  Duty duty = Duty::kNothing;

  bool operator==(const Transition&) const = default;
};

// Nothing for an event that cannot happen in that state: that would be a bug of ours.
std::optional<Transition> transition(LifeState from, LifeEvent event);

// "starting", "idle", "processing", "paused", "waiting", "shutting-down".
std::string_view phase_name(Phase phase);

// As in the table: "starting", "starting+pause", "processing+shutdown", …
std::string_view life_state_name(LifeState state);
// "started", "start-failed", "call-began", "pause-later", …
std::string_view life_event_name(LifeEvent event);
// "", "ok", "later", "NotPaused", "CannotPause", "ShuttingDown".
std::string_view verdict_name(Verdict verdict);
// "", "end", "force".
std::string_view duty_name(Duty duty);

}  // namespace theater
