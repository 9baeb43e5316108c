// The life of one actor over all its instances: its state, the end that is due, and whether its
// supervisor may give it another instance.
//
// ActorState is the part that callers see. Lifecycle adds the wishes that decide the next step: a
// stop or a kill from outside, an end that the guest asks for, and a fresh instance that the
// supervisor asks for. It has no guest, no clock and no thread: its owner reports each event, acts
// on the answers, and keeps texts and data.
#pragma once

#include "theater/actor/supervision/actor_state.h"
#include "theater/actor/supervision/supervision.h"
#include "theater/manifest/supervision.h"

#include <cstdint>
#include <optional>

namespace theater {

// Not thread-safe: only the worker that runs the actor's turn.
class Lifecycle {
 public:
  using Down = Supervision::Down;

  // The form of the end on record. A later one in this order replaces an earlier one.
  enum class End : uint8_t { kNone, kStopped, kCompleted, kFailed, kKilled };

  // `restart` is the rule that the supervisor follows; none for an actor without a parent.
  explicit Lifecycle(std::optional<RestartKind> restart) : restart_(restart) {}

  // The actor had a life before the node was lost: whether it was up then, and paused.
  void recover(bool was_up, bool is_paused);

  ActorState state() const { return state_; }
  Phase phase() const { return state_.phase; }
  End end() const { return end_; }
  // Whether the guest is being set up or called.
  bool is_busy() const { return phase() == Phase::kStarting || phase() == Phase::kProcessing; }
  // Whether the actor ends or will end, and so needs no more children.
  bool is_leaving() const {
    return phase() != Phase::kStarting || state_.pending == Pending::kShutdown;
  }
  // Whether neither an end nor a fresh instance is due.
  bool is_undisturbed() const { return end_ == End::kNone && !instance_stop_due_; }
  // Whether the children of the actor must end by force.
  bool ends_by_force() const {
    return phase() == Phase::kWaiting ? instance_stops_by_force_ : end_ == End::kKilled;
  }

  // The work of the actor's next turn.
  enum class Work : uint8_t {
    kNone,          // The end is on record.
    kEnd,           // Ends children, discards messages, and records the end.
    kAwaitVerdict,  // Ends children, and waits for the supervisor.
    kRun,           // Runs the guest or begins its next call.
  };
  Work work() const;

  // Moves to the next state, and gives the answer for the caller. None if the event cannot happen
  // in this state. kDown drops the wishes that the lost instance has met.
  std::optional<ControlResult> apply(LifeEvent event);

  // Whether the supervisor would give the actor another instance after it went down in this way.
  bool may_come_back(Down how) const;
  // The way in which an actor that is free now goes down; none if it keeps its instance or ends.
  std::optional<Down> down_when_free() const;

  // The first instance that is up makes the actor one that may come back.
  void is_up() { was_up_ = true; }

  // The wishes below say how the actor must end; the caller applies the event that follows.

  // A stop from outside, which is for good. False if it joins an end that is due already.
  bool want_stop();
  // The guest asks for the end. False if it has asked before, or a stronger end is due.
  bool want_completion();
  // A kill from outside. False if the actor has ended or is killed already.
  bool want_kill();
  // The actor cannot continue, and no supervisor may help.
  void want_failure() { raise(End::kFailed); }
  // The supervisor lets an actor end that went down in this way.
  void want_release(Down how);

  // The supervisor asks for a fresh instance.
  struct InstanceStop {
    enum class Step : uint8_t {
      kNone,    // Nothing to do: the actor ends or is down already.
      kKill,    // Kill the actor, which no instance before this one would let come back.
      kLater,   // Go down when the actor is free.
      kGoDown,  // Go down now.
    };
    Step step = Step::kNone;
    bool is_first = false;  // The request must be recorded.
  };
  InstanceStop want_fresh_instance(bool by_force);

  // True once after each kDown: the supervisor must be notified.
  bool must_notify_supervisor();
  // Whether the actor waits, and its supervisor has been notified.
  bool awaits_verdict() const { return phase() == Phase::kWaiting && supervisor_notified_; }

  // The end is on record.
  void record_end() { has_ended_ = true; }
  bool has_ended() const { return has_ended_; }

 private:
  void raise(End end) {
    if (end > end_) end_ = end;
  }

  std::optional<RestartKind> restart_;
  ActorState state_;
  End end_ = End::kNone;
  bool has_ended_ = false;
  bool was_up_ = false;             // In any instance.
  bool stop_requested_ = false;     // By another than the supervisor or the guest.
  bool instance_stop_due_ = false;  // The supervisor has asked for a fresh instance.
  bool instance_stops_by_force_ = false;
  bool supervisor_notified_ = false;
};

}  // namespace theater
