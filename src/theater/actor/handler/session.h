// What one actor has of a handler, and what a handler may do with that actor.
#pragma once

#include "theater/actor/handler/actor_secrets.h"
#include "theater/actor/handler/guest_calls.h"
#include "theater/actor/messaging/actor_notes.h"
#include "theater/actor/messaging/caller.h"
#include "theater/actor/messaging/responder.h"
#include "theater/actor/scheduling/job_runner.h"
#include "theater/actor/scheduling/timers.h"
#include "theater/actor/supervision/spawner.h"
#include "theater/base/bytes.h"
#include "theater/base/clock.h"
#include "theater/base/error.h"
#include "theater/base/id.h"
#include "theater/base/log_entry.h"
#include "theater/base/system_user.h"
#include "theater/log/event/chain.h"
#include "theater/log/event/chain_event.h"
#include "theater/manifest/manifest.h"
#include "theater/manifest/permissions.h"

#include <tl/expected.hpp>

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace theater {

using SpawnReply = Responder<tl::expected<std::string, std::string>>;
using StopReply = Responder<tl::expected<void, std::string>>;
using StateReply = Responder<tl::expected<std::optional<Bytes>, std::string>>;
using EventsReply = Responder<tl::expected<std::vector<log::ChainEvent>, std::string>>;
using RestartReply = StopReply;

// One actor's part of a handler: it owns the handles (servers, processes, channels, timers) that
// the handler gave to this actor's instance, and nothing of another actor's.
//
// Made when an instance is made and destroyed with it, on every path; the destructor ends and frees
// whatever is open, and must not wait. Only the worker that runs the actor's turn touches it.
class Session {
 public:
  virtual ~Session() = default;

  // Sets up again what the handler's Holdings hold. Called at most once, before the first call, in
  // an instance whose `init` does not run. What cannot be set up any more is left out. Nothing of
  // this is recorded.
  virtual void restore(ByteView held) { (void)held; }
};

// A call of the actor's guest, as its record has it.
struct CurrentCall {
  uint64_t seq = 0;  // The position of the `call`.
  log::Origin from;  // The party that calls.
};

// The actor as its own sessions see it. Only for the worker that runs the actor's turn, which is
// the thread that host functions are called on.
class ActorContext {
 public:
  virtual ~ActorContext() = default;

  virtual const ActorId& id() const = 0;
  virtual const std::string& name() const = 0;

  // The actor's own chain; during a host function, the chain before that call.
  virtual const log::Chain& chain() const = 0;

  // The caller of the call in progress (caller.h); none for a call of a handler.
  virtual std::optional<Caller> caller() const = 0;

  // The call in progress on record.
  virtual CurrentCall current_call() const = 0;

  // The position of the `intent` of the effect that begins. Only in the body of a function of the
  // class effect.
  virtual uint64_t intent() const = 0;

  // Ids of the requests that the actor has taken and not answered, oldest first.
  virtual std::vector<std::string> open_requests() const = 0;

  // Ends the actor when the current call has returned. `data` is for its parent. The first call
  // wins.
  virtual void end_after_call(std::optional<Bytes> data) = 0;

  // Shows people a line, once the call in which this is called is on record: at once, or for an
  // actor with a log when it is on disk there. Only for functions that answer at once.
  virtual void show_line(LogLevel level, std::string_view text) = 0;

  // Calls `then` once, on any thread and without locks held, when the outside may act on the call in
  // which this is called: at once after it is on record, or for a `sync` actor when it is on disk
  // there. With the error that stopped the log if it never may. Of two calls of this, the first one
  // is served first. Only for functions that answer at once.
  using Outside = std::function<void(const std::optional<Error>& failure)>;
  virtual void to_outside(Outside then) = 0;

  // Adds to a metric of the actor's own (metrics.h). Fails, with a text for the guest, if it has
  // too many.
  virtual tl::expected<void, std::string> record_metric(std::string_view name, double value) = 0;

  // Counts answers that the node kept from the guest because a secret was in them (metrics.h). Any
  // thread may add to it, also after the actor's end.
  virtual std::shared_ptr<std::atomic<uint64_t>> secret_echoes() = 0;

  // Asks for a child; `reply` gets its id when its `init` has returned, or why there is none. Never
  // blocks.
  virtual void spawn_child(ChildRequest request, SpawnReply reply) = 0;

  // Asks a child to end when its current call has returned, and ends it by force if that takes too
  // long; `reply` is answered when it has ended. An id that is no child's is an error.
  virtual void stop_child(const ActorId& id, StopReply reply) = 0;

  // Gives a child a fresh instance, whatever its kind is, when its current call has returned, or by
  // force if that takes too long; `reply` is answered when it is up again, or says why it is not.
  // An id that is no child's is an error.
  virtual void restart_child(const ActorId& id, RestartReply reply) = 0;

  // Calls of the guest's functions, for events that a handler gets later.
  virtual std::shared_ptr<GuestCalls> guest_calls() = 0;

  // Notes on the actor's record, for what a handler does later.
  virtual std::shared_ptr<ActorNotes> notes() = 0;

  // Ids of the actor's children that have not ended, oldest first.
  virtual std::vector<ActorId> children() const = 0;

  // Ask for the state that a child, or an actor below one, has kept, and for its newest events
  // (descendants.h). Never block.
  virtual void child_state(const ActorId& id, StateReply reply) = 0;
  virtual void child_events(const ActorId& id, EventsReply reply) = 0;
};

// What a session is made from. The references outlive the session.
struct SessionContext {
  ActorContext& actor;
  const Manifest& manifest;
  const Permissions& permissions;  // What the actor may do, after policy.
  const Clock& clock;              // Outlives the timers too.
  // For answers that come later. Both outlive the functions that they are given. Such a function
  // may run after the session is gone, so it owns or shares all that it touches.
  Timers& timers;
  JobRunner& jobs;  // For what blocks: a host function never does.
  // The user that the policy chooses for commands of a node that is root.
  std::optional<SystemUser> command_user = {};
  // The policy's hosts that may have addresses that are not public; null for none.
  const HostList* private_hosts = nullptr;
  // The operator's secrets that the actor holds, and all that the policy has: no guest sees their
  // variables (is_secret_variable()).
  const ActorSecrets& secrets = no_secrets();
  std::span<const SecretRule> declared_secrets = {};
  // The actor whose pool (`[http] instances`) it is a member of; none for an actor by itself.
  std::optional<ActorId> pool = {};
};

}  // namespace theater
