// The runtime: every actor of this process, from spawn to end.
//
// It puts the parts together (scheduler, handlers, components, permissions) and is what clients,
// the command line and the management interface talk to.
#pragma once

#include "theater/actor/cell/cell.h"
#include "theater/actor/cell/metrics.h"
#include "theater/actor/cell/node_services.h"
#include "theater/actor/handler/handler.h"
#include "theater/actor/messaging/routing.h"
#include "theater/actor/scheduling/commit_after_turn.h"
#include "theater/actor/scheduling/job_runner.h"
#include "theater/actor/scheduling/timers.h"
#include "theater/base/clock.h"
#include "theater/base/guarded.h"
#include "theater/base/id.h"
#include "theater/base/random.h"
#include "theater/base/result.h"
#include "theater/log/event/chain.h"
#include "theater/log/writer/log.h"
#include "theater/manifest/manifest.h"
#include "theater/manifest/policy.h"
#include "theater/net/fetch.h"
#include "theater/runtime/known_actors.h"
#include "theater/runtime/node_spawner.h"
#include "theater/runtime/program_cache.h"
#include "theater/runtime/recovery.h"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace theater {

struct SpawnRequest {
  Manifest manifest;
  // The component, binary or text. Without it, it is read from where the manifest says.
  std::optional<Bytes> component;
  std::optional<Bytes> state;  // The initial state; none is a state like any other.
  Policy policy = Policy::default_policy();
  // Runtime::new_id(), for an actor whose id others must know before it exists; else a fresh one.
  std::optional<ActorId> id;
};

struct SpawnReport {
  ActorId id;
  Hash component;                     // Its digest.
  std::vector<std::string> warnings;  // One sentence each.
};

// Safe from any thread but the scheduler's workers: functions that wait would wait for themselves.
// The callbacks that are given to it are called on workers, and must be short.
class Runtime {
 public:
  // All outlive the runtime. The scheduler is the runtime's from here on, which stops it at its
  // end.
  struct Parts {
    Scheduler& scheduler;
    Timers& timers;
    // May be shared with other runtimes.
    Routing& routing;
    const Clock& clock;
    Random& random;
    const HandlerSet& handlers;
    ComponentLoader& loader;
    // Where durable actors are recorded. Null: nowhere, and every actor is `memory`.
    const Recording* recording = nullptr;
    // Does the slow part of spawns that nobody waits for, and what blocks of handlers. Null:
    // threads of the runtime's own, other ones for each of the two.
    JobRunner* jobs = nullptr;
    // How http(s) references are read, on threads of the runtime's own that may wait for servers,
    // or by `jobs` if that is given.
    Fetch fetch = theater::fetch;
    // The most actors that may live at a time.
    size_t actors_max = kActorsMax;
  };
  static constexpr size_t kActorsMax = 250'000;
  // Spawns that may wait for the runtime's own threads, of which there are so many.
  static constexpr size_t kSpawnsQueuedMax = 10'000;
  static constexpr size_t kSpawnThreads = 2;
  // The same for spawns that read from the web.
  static constexpr size_t kWebSpawnsQueuedMax = 1'000;
  static constexpr size_t kWebThreads = 4;
  // The same for what handlers want done that blocks.
  static constexpr size_t kHandlerJobsQueuedMax = 10'000;
  static constexpr size_t kHandlerThreads = 4;

  explicit Runtime(Parts parts);
  // Takes no more spawns, ends every actor as kill() does, waits until all have ended, and stops
  // the scheduler.
  ~Runtime();
  Runtime(const Runtime&) = delete;
  Runtime& operator=(const Runtime&) = delete;

  ActorId new_id();

  // Makes an actor and waits until its `init` has returned. Fails, and leaves no live actor, with
  // kNotFound or kIo (no component), kInvalidArgument (it cannot be loaded, does not fit the
  // handlers, is not the pinned one, or `init` failed), kPermissionDenied (the policy does not
  // allow what the manifest insists on; the hint has the grants to add), kAlreadyExists (the id is
  // taken), kIo or kResourceExhausted (the log or the blobs cannot be written). After a failure
  // past the checks, chain() of the id still answers. What a `sync` actor has recorded by then is
  // on disk.
  Result<SpawnReport> spawn(SpawnRequest request);

  // The part of that which is the same for any number of actors: everything but `state` and `id`.
  // Fails as spawn() does before there is an actor.
  Result<std::shared_ptr<const ActorTemplate>> prepare(SpawnRequest request);
  // The rest, which reads, hashes and compiles nothing. Fails as spawn() does once there is one.
  Result<SpawnReport> spawn(std::shared_ptr<const ActorTemplate> common, SpawnOptions options = {});

  // Both without waiting, from any thread, workers included. `spawned` is called once, whatever
  // happens, on a worker, a thread of the runtime or of the log, or in this call; also with
  // kResourceExhausted if too many spawns wait already. For a template, unless there is a state to
  // put into the blobs, the actor is made in this call.
  using Spawned = std::function<void(Result<SpawnReport>)>;
  void spawn(SpawnRequest request, Spawned spawned);
  void spawn(std::shared_ptr<const ActorTemplate> common, SpawnOptions options, Spawned spawned);

  // Calls off what is being read from the web, and lets no spawn read from there any more: for one
  // who is about to end everything, and waits for nobody.
  void stop_reading() { spawner_.stop_reading(); }

  // Goes on with the actors that the log has and nobody runs, in the two steps of recovery.h; needs
  // a recording. The second waits until those without a parent are up: one that fails on the way
  // there has ended, and is among the lost. Both once, before anything is spawned.
  Result<std::unique_ptr<Recovery>> prepare_recovery(const RecoveryRequest& request);
  Result<RecoveryReport> recover(Recovery& prepared);

  // Puts a message for handle-send into the mailbox. Fails with kNotFound or kResourceExhausted.
  Result<void> send(const ActorId& to, ByteView message);

  // The same for handle-request; `answered` is called once with the answer, whatever happens. The
  // answer of a `sync` actor is given when it is on disk, and by whoever commits.
  // Without an answer within `timeout` the error is kDeadlineExceeded, given on a thread of the
  // timers, and an answer that comes later is dropped; none waits for ever.
  using Answered = std::function<void(Result<Bytes>)>;
  using Timeout = std::optional<std::chrono::milliseconds>;
  void request(const ActorId& to, ByteView message, Answered answered, Timeout timeout = {});
  // The same, waiting for the answer.
  Result<Bytes> request(const ActorId& to, ByteView message, Timeout timeout = {});

  // Asks the actor to end when its current call has returned, or ends it at once; `by` goes on
  // record. Fails with kNotFound.
  Result<void> stop(const ActorId& id, std::string by = "local");
  Result<void> kill(const ActorId& id, std::string by = "local");

  // Keeps the actor from taking messages, which wait, and lets it go on. With kWhenFree a busy
  // actor is paused after its call, and the function waits for that. Fails with kNotFound, and with
  // kUnavailable as docs/reference/actor-states.md says.
  enum class Pausing : uint8_t { kAtOnce, kWhenFree };
  Result<void> pause(const ActorId& id, Pausing how, std::string by = "local");
  Result<void> resume(const ActorId& id, std::string by = "local");

  // Waits until the actor has ended. Fails with kNotFound.
  Result<EndReport> wait_ended(const ActorId& id);
  // Calls `ended` once, when the actor has ended or at once if it has. Fails with kNotFound.
  Result<void> on_ended(const ActorId& id, std::function<void(const EndReport&)> ended);

  // Waits until the actor has nothing to do: no call in progress, no message that it may take; or
  // has ended; or the log has stopped, and nothing happens any more.
  // Fails with kNotFound.
  Result<void> wait_idle(const ActorId& id);

  // A copy of the chain as it is between two steps of the guest. Fails with kNotFound.
  Result<log::Chain> chain(const ActorId& id);

  // A copy of the actor's state as the last call has left it. Fails with kNotFound.
  Result<std::optional<Bytes>> state(const ActorId& id);

  // The last published status, at once. Fails with kNotFound.
  Result<ActorStatus> status(const ActorId& id) const;

  // What it costs and does, without waiting for it. Fails with kNotFound.
  Result<ActorMetrics> metrics(const ActorId& id) const;
  // The same of all actors that are known, together.
  NodeMetrics node_metrics() const;

  // All actors that are known, in the order of their ids: those that live, and those that ended
  // last (KnownActors::kEndedMax). What older ones did is in the log.
  std::vector<ActorId> actors() const;

 private:
  struct Asked;

  Result<std::shared_ptr<const ActorTemplate>> prepare(SpawnRequest request, const Fetch& fetch);
  void start(std::shared_ptr<const ActorTemplate> common, SpawnOptions options, Spawned spawned);
  // `answered`, called within that time with an answer or an error.
  Answered within(std::chrono::milliseconds timeout, Answered answered);
  Result<void> put(const ActorId& to, Message message);
  void release(const ActorId& from, Result<Bytes> answer, Answered answered);

  Scheduler& scheduler_;
  std::unique_ptr<ThreadJobs> own_handler_jobs_;  // Unless others were given.
  NodeServices services_;
  ProgramCache programs_;
  const Recording* recording_;
  std::optional<CommitAfterTurn> turns_;  // If there is a log.
  KnownActors known_;
  std::unique_ptr<ThreadJobs> own_jobs_;  // Unless others were given.
  JobRunner& jobs_;
  std::unique_ptr<ThreadJobs> own_web_jobs_;  // The same.
  NodeSpawner spawner_;
};

}  // namespace theater
