// The runtime: every actor of this process, from spawn to end.
//
// It puts the parts together (scheduler, handlers, components, permissions) and is what clients,
// the command line and the management interface talk to.
#pragma once

#include "theater/actor/cell.h"
#include "theater/actor/handler.h"
#include "theater/actor/metrics.h"
#include "theater/actor/timers.h"
#include "theater/actor/world.h"
#include "theater/base/clock.h"
#include "theater/base/guarded.h"
#include "theater/base/id.h"
#include "theater/base/random.h"
#include "theater/base/result.h"
#include "theater/log/chain.h"
#include "theater/log/log.h"
#include "theater/manifest/effective_permissions.h"
#include "theater/manifest/manifest.h"
#include "theater/manifest/policy.h"
#include "theater/runtime/program_cache.h"
#include "theater/store/blob_store.h"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace theater {

struct SpawnRequest {
  Manifest manifest;
  // The component, binary or text. Without it, it is read from manifest.component_path.
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

// How an actor ended.
struct EndReport {
  log::Ending how = log::EndedStopped{};  // With payloads of its own.
  std::string failure;                    // For people; empty if it did not fail.
};

// A node's memory on disk: its log, and the contents that events name by digest.
struct Recording {
  log::Log& log;
  BlobStore& blobs;
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
    const Clock& clock;
    Random& random;
    const HandlerSet& handlers;
    ComponentLoader& loader;
    // Where durable actors are recorded. Null: nowhere, and every actor is `memory`.
    const Recording* recording = nullptr;
  };

  explicit Runtime(Parts parts);
  // Ends every actor as kill() does, waits until all have ended, and stops the scheduler.
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

  // Puts a message for handle-send into the mailbox. Fails with kNotFound or kResourceExhausted.
  Result<void> send(const ActorId& to, ByteView message);

  // The same for handle-request; `answered` is called once with the answer, whatever happens. The
  // answer of a `sync` actor is given when it is on disk, and on a thread of the log.
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
  // The same of all actors together.
  NodeMetrics node_metrics() const;

  // All actors, ended ones included, in the order of their ids.
  std::vector<ActorId> actors() const;

 private:
  struct Life;

  Result<std::shared_ptr<ActorCell>> find(const ActorId& id) const;
  // `answered`, called within that time with an answer or an error.
  Answered within(std::chrono::milliseconds timeout, Answered answered);
  Result<ActorSpec> prepare(SpawnRequest request, SpawnReport& report);
  Result<void> put(const ActorId& to, Message message);
  void release(const ActorId& from, Result<Bytes> answer, Answered answered);
  Result<void> keep_contents(const ActorSpec& spec, const ReadyProgram& ready, ByteView component);
  Result<std::shared_ptr<Life>> find_life(const ActorId& id) const;

  Scheduler& scheduler_;
  Guarded<Random*> random_;
  Router router_;
  WaitGraph waits_;
  World world_;
  ProgramCache programs_;
  const Recording* recording_;
  // By id, for as long as the actor is known.
  mutable Guarded<std::unordered_map<ActorId, std::shared_ptr<Life>>> lives_;
};

}  // namespace theater
