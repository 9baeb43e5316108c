// The runtime: every actor of this process, from spawn to end.
//
// It puts the parts together (scheduler, handlers, components, permissions) and is what clients,
// the command line and the management interface talk to.
#pragma once

#include "theater/actor/cell/actor_status.h"
#include "theater/actor/cell/actor_template.h"
#include "theater/actor/cell/metrics.h"
#include "theater/actor/cell/node_services.h"
#include "theater/actor/handler/handler.h"
#include "theater/actor/messaging/reply_to.h"
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
#include "theater/runtime/client_gate.h"
#include "theater/runtime/known_actors.h"
#include "theater/runtime/node_spawner.h"
#include "theater/runtime/node_supervisor.h"
#include "theater/runtime/program_cache.h"
#include "theater/runtime/recovery.h"
#include "theater/runtime/root_info.h"

#include <tl/expected.hpp>

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
  // Whether the manifest came from a client, who may name no files of the node: what the manifest
  // refers to is then read with the actor's own grants.
  bool is_uploaded = false;
  // Runtime::new_id(), for an actor whose id others must know before it exists; else a fresh one.
  std::optional<ActorId> id;
  // How the operator starts it; none for an actor without that record, which is never restarted.
  std::optional<RootRequest> root = {};
};

// What becomes of the actors when their runtime closes.
enum class Closing : uint8_t {
  kEnd,   // Every actor ends by force.
  kKeep,  // Durable actors stay open in the log for the next node.
};

// New code for a living root.
struct CodeUpdate {
  // None: the manifest stays, and only the component changes.
  std::optional<Manifest> manifest = {};
  // The component, binary or text. Without it, the manifest names one by its digest.
  std::optional<Bytes> component = {};
  Policy policy = Policy::default_policy();
  // As RootRequest::grants. They replace those of the start, which were given to another component.
  std::vector<std::string> grants = {};
  // Whether the new component may have the operator's secrets that the actor holds by its name. A
  // client who could not give the actor that name must not give it code either.
  bool may_hold_secrets = false;
};

struct UpdateReport {
  Hash component;                     // Its digest.
  std::vector<std::string> warnings;  // One sentence each.
};

struct SpawnReport {
  ActorId id;
  Hash component;                     // Its digest.
  std::vector<std::string> warnings;  // One sentence each.
};

// A message from outside, and who sends it.
struct ClientMessage {
  ActorId to;
  ByteView payload;
  // On record as the caller of the guest; a client without a name if there is none.
  std::optional<log::NamedClient> from = {};
  // Notified when the call is recorded (ReplyTo::Called), if the client waits for anything.
  ReplyTo::Called called = {};
};

// What a request led to.
struct ClientReply {
  tl::expected<Bytes, std::string> answer;  // Or the error that the guest returned.
  std::optional<Hash> event;                // Holds or causes the answer; none if no event does.
};

// What does not change while an actor lives.
struct ActorFacts {
  std::shared_ptr<const ActorTemplate> common;
  std::optional<ActorId> parent;
};

// Safe from any thread. Each call that waits has a form with a callback, which waits for nothing
// and may also be made on the scheduler's workers; the form without one must not, because it would
// wait for itself. Callbacks run once, whatever happens, on a worker, a thread of the runtime, of
// the log or of the timers, or in the call itself. They must be short.
class Runtime {
 public:
  template <class T>
  using Then = std::function<void(Result<T>)>;
  using Done = Then<void>;

  // All outlive the runtime. The runtime stops the scheduler at its end.
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
    // Runs the slow part of spawns with a callback, and the blocking jobs of handlers. Null: pools
    // of threads of the runtime's own.
    JobRunner* jobs = nullptr;
    // Reads http(s) references, on threads of the runtime's own that may wait for servers, or on
    // `jobs` if that is given.
    Fetch fetch = fetch_nothing;
    // Measures the file system that the node writes to. None: guests may fill it.
    DiskWatch::Measure disk_space = {};
    // Actors that may live at a time.
    size_t actors_max = kActorsMax;
    // Makes the placeholders of the operator's secrets (placeholder_key()).
    Hash placeholder_key = {};
  };
  static constexpr size_t kActorsMax = 250'000;
  // Bounds of the runtime's own pools: spawns that may wait for it, and its threads.
  static constexpr size_t kSpawnsQueuedMax = 10'000;
  static constexpr size_t kSpawnThreads = 2;
  // The same for spawns that read from the web.
  static constexpr size_t kWebSpawnsQueuedMax = 1'000;
  static constexpr size_t kWebThreads = 4;
  // The same for spawns that compile.
  static constexpr size_t kCompilesQueuedMax = 1'000;
  static constexpr size_t kCompileThreads = 2;
  // The same for the blocking jobs of handlers.
  static constexpr size_t kHandlerJobsQueuedMax = 10'000;
  static constexpr size_t kHandlerThreads = 4;

  explicit Runtime(Parts parts);
  // close(Closing::kEnd), unless it is closed.
  ~Runtime();
  Runtime(const Runtime&) = delete;
  Runtime& operator=(const Runtime&) = delete;

  // Takes no more work from clients, and stops everything. Each caller that waits is answered once.
  // From then on calls of clients fail with kUnavailable, except status(), metrics(),
  // node_metrics(), actors(), root() and root_named(). A second close() does nothing. Only the
  // thread that destroys the runtime may call it, and not in a callback.
  //
  // kEnd kills every actor and waits until all have ended; it ignores `deadline`.
  //
  // kKeep ends no durable actor. Its actors take no further message. The calls, starts and ends
  // that are in progress have until the deadline; then everything stands still. The log then has
  // every durable actor as if the node had been lost at that moment, and recovery resumes them
  // (docs/guides/durability.md, Closing). Ends that were asked for before are on record. Actors of
  // durability `memory` end, and with one of them that has no parent the actors below it. Callers
  // get kUnavailable: those of requests without an answer, of messages without a `call` on record,
  // of spawns that are not over, and of ends that have not come.
  void close(Closing how, std::chrono::milliseconds deadline = kCloseDeadline);
  static constexpr std::chrono::seconds kCloseDeadline{10};

  // The deadline of a close() in progress, or of one that follows, is now. From any thread.
  void hurry_close();

  ActorId new_id();

  // Makes an actor; answers when its `init` has returned. Fails, and leaves no live actor, with
  // kNotFound or kIo (no component), kInvalidArgument (it cannot be loaded, does not fit the
  // handlers, is not the pinned one, or `init` failed), kPermissionDenied (the policy does not
  // allow what the manifest insists on; the hint has the grants to add), kAlreadyExists (the id is
  // taken; the name of the root is, and the message names its holder), kIo or kResourceExhausted
  // (the log or the blobs cannot be written, or too many spawns wait). After a failure past the
  // checks, chain() of the id still answers. All that a `sync` actor has recorded is then on disk.
  using Spawned = Then<SpawnReport>;
  void spawn(SpawnRequest request, Spawned spawned);
  Result<SpawnReport> spawn(SpawnRequest request);

  // The part of a spawn that is the same for any number of actors: everything but `state`, `id`,
  // and of `root` all but the grants. Fails as spawn() does before there is an actor.
  void prepare(SpawnRequest request, Then<std::shared_ptr<const ActorTemplate>> then);
  Result<std::shared_ptr<const ActorTemplate>> prepare(SpawnRequest request);

  // The rest of a spawn, which reads, hashes and compiles nothing. Fails as spawn() does once there
  // is an actor. Unless there is a state to put into the blobs, the actor is made in this call.
  void spawn(std::shared_ptr<const ActorTemplate> common, SpawnOptions options, Spawned spawned);
  Result<SpawnReport> spawn(std::shared_ptr<const ActorTemplate> common, SpawnOptions options = {});

  // Cancels reads from the web, and lets no spawn begin one: for a caller that is about to end
  // everything.
  void stop_reading() { spawner_.stop_reading(); }

  // Resumes the actors that the log has and no node runs, in the two steps of recovery.h; needs a
  // recording. The second step answers when the actors without a parent are up: one that fails on
  // the way has ended, and is among the lost. It does its own reading and replaying in the call.
  // Each once, before anything is spawned.
  Result<std::unique_ptr<Recovery>> prepare_recovery(const RecoveryRequest& request);
  void recover(Recovery& prepared, Then<RecoveryReport> then);
  Result<RecoveryReport> recover(Recovery& prepared);

  // Puts a message for handle-send into the mailbox. Fails with kNotFound, kPermissionDenied or
  // kResourceExhausted, and then drops `recorded`. Otherwise `recorded` gets the hash of the
  // guest's call when the call is on record, as durably as the actor asks for, or kUnavailable if
  // the actor ended before.
  Result<void> send(const ActorId& to, ByteView message);
  Result<void> send(const ClientMessage& message, Then<Hash> recorded = {});

  // The same for handle-request. The answer of a `sync` actor is given when it is on disk.
  // Without an answer within `timeout` the error is kDeadlineExceeded, and a later answer is
  // dropped; without a timeout the call waits for ever.
  using Answered = Then<Bytes>;
  using Timeout = std::optional<std::chrono::milliseconds>;
  void request(const ActorId& to, ByteView message, Answered answered, Timeout timeout = {});
  Result<Bytes> request(const ActorId& to, ByteView message, Timeout timeout = {});
  // The same for a client that wants to know the event of the answer. Fails as send() does, and
  // with kDeadlineExceeded.
  void request(const ClientMessage& message, Then<ClientReply> replied, Timeout timeout = {});

  // Asks the actor to end when its current call has returned, or ends it immediately; `by` is
  // recorded. Fails with kNotFound.
  Result<void> stop(const ActorId& id, std::string by = "local");
  Result<void> kill(const ActorId& id, std::string by = "local");

  // Keeps the actor from taking messages, which wait, and lets it take them again. With kWhenFree a
  // busy actor is paused after its call, and the answer waits for that. Fails with kNotFound, and
  // with kUnavailable as docs/reference/actor-states.md says.
  enum class Pausing : uint8_t { kAtOnce, kWhenFree };
  void pause(const ActorId& id, Pausing how, std::string by, Done done);
  Result<void> pause(const ActorId& id, Pausing how, std::string by = "local");
  void resume(const ActorId& id, std::string by, Done done);
  Result<void> resume(const ActorId& id, std::string by = "local");

  // Gives the actor a fresh instance by the rules of its supervisor, whatever its rule of restart:
  // when its call has returned, or at once. Answers when that instance is up and on record. Fails
  // with kNotFound, and with kUnavailable for an actor that ends, or that has no supervisor.
  enum class Restarting : uint8_t { kWhenFree, kAtOnce };
  void restart(const ActorId& id, Restarting how, std::string by, Done done);
  Result<void> restart(const ActorId& id, Restarting how, std::string by = "local");

  // Gives a root new code between two calls (actor_update.h), and answers when an instance of it is
  // up and on record. Everything is checked before anything changes. Fails with kNotFound; as
  // prepare() does; with kInvalidArgument if the actor cannot take the update, also for a manifest
  // with placeholders, which only a start fills in; with kPermissionDenied if it would change the
  // secrets that the actor holds; with kUnavailable for an actor that no operator started, that has
  // children, ends, or is being updated.
  void update(const ActorId& id, CodeUpdate update, std::string by, Then<UpdateReport> then);
  Result<UpdateReport> update(const ActorId& id, CodeUpdate update, std::string by = "local");

  // Answers when the actor has ended, or immediately if it has. Fails with kNotFound, and with
  // kUnavailable when the runtime closes and keeps the actor.
  void on_ended(const ActorId& id, Then<EndReport> ended);
  Result<EndReport> wait_ended(const ActorId& id);

  // Answers when the actor has nothing to do: no call in progress and no message that it may take;
  // or it has ended; or the log has stopped or the runtime closes, and nothing happens any more.
  // Fails with kNotFound.
  void when_idle(const ActorId& id, Done done);
  Result<void> wait_idle(const ActorId& id);

  // A copy of the chain as it is between two steps of the guest, without the events before `since`
  // (Chain::since). Fails with kNotFound.
  void chain(const ActorId& id, Then<log::Chain> then, uint64_t since = 0);
  Result<log::Chain> chain(const ActorId& id, uint64_t since = 0);

  // A copy of the actor's state as the last call has left it. Fails with kNotFound.
  void state(const ActorId& id, Then<std::optional<Bytes>> then);
  Result<std::optional<Bytes>> state(const ActorId& id);

  // Waits for nothing. Fails with kNotFound.
  Result<ActorFacts> facts(const ActorId& id) const;

  // The last published status; waits for nothing. Fails with kNotFound.
  Result<ActorStatus> status(const ActorId& id) const;

  // The actor's costs and activity; waits for nothing. Fails with kNotFound.
  Result<ActorMetrics> metrics(const ActorId& id) const;
  // The same of all actors since the node was opened. Takes time for each that the node still knows.
  NodeMetrics node_metrics() const;

  // What the operator said of a known root when starting it; none for any other actor.
  std::optional<RootInfo> root(const ActorId& id) const;
  // The living root of that name.
  std::optional<ActorId> root_named(const std::string& name) const;

  // All known actors in the order of their ids: those that live, and those that ended last
  // (KnownActors::kEndedMax). The log has what older ones did.
  std::vector<ActorId> actors() const;
  // The same behind `after`, or from the first one on; at most `count`. Takes time for these alone.
  std::vector<ActorId> actors_after(const std::optional<ActorId>& after, size_t count) const;

 private:
  struct Asked;
  struct Roots;
  // The wait of close() for the actors. Shared with their callbacks.
  struct Rest {
    size_t moving = 0;    // Actors that were asked and are not at rest.
    bool is_due = false;  // The deadline has come.
  };

  // Waits for the answer of a form with a callback.
  template <class T>
  Result<T> wait(const std::function<void(Then<T>)>& begin);
  Result<std::shared_ptr<const ActorTemplate>> prepare(SpawnRequest request, SpawnAttempt& attempt);
  Result<std::shared_ptr<const ActorUpdate>> prepare_update(const ActorId& id, CodeUpdate update,
                                                            const std::string& by,
                                                            SpawnAttempt& attempt);
  static SpawnOptions options_of(SpawnRequest& request);
  void start(std::shared_ptr<const ActorTemplate> common, SpawnOptions options, Spawned spawned);
  struct Place;
  enum class RequestKind : uint8_t { kSend, kRequest };
  // Takes a place for the message at its receiver. Fails as send() does.
  Result<Place> reserve(const ActorId& to, const Message& message, RequestKind kind);
  // An actor, for a call that gives it something to do. Fails with kNotFound or kUnavailable.
  struct Entered;
  Result<Entered> enter(const ActorId& id);

  // The steps of close() (runtime_close.cc).
  void rest_actors(std::chrono::milliseconds deadline);
  void end_actors(const std::vector<std::shared_ptr<ActorCell>>& cells);
  void end_memory_roots();
  void stop_spawning();
  // Returns the cells, which exist until their last answers have left.
  std::vector<std::shared_ptr<ActorCell>> leave_actors();

  Scheduler& scheduler_;
  std::unique_ptr<ThreadJobs> own_handler_jobs_;  // Unless others were given.
  NodeServices services_;
  std::optional<DiskWatch> disk_watch_;  // If the disk is measured.
  ProgramCache programs_;
  const Recording* recording_;
  std::optional<CommitAfterTurn> turns_;  // If there is a log.
  KnownActors known_;
  NodeSupervisor supervisor_;
  std::unique_ptr<ThreadJobs> own_jobs_;  // Unless others were given.
  JobRunner& jobs_;
  std::unique_ptr<ThreadJobs> own_web_jobs_;      // The same.
  std::unique_ptr<ThreadJobs> own_compile_jobs_;  // The same.
  NodeSpawner spawner_;
  ClientGate gate_;
  std::shared_ptr<Guarded<Rest>> rest_ = std::make_shared<Guarded<Rest>>();
  bool is_closed_ = false;
};

}  // namespace theater
