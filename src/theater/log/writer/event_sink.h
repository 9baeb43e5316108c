// The place into which actors record: a node's log (log.h), or in tests one that writes to disk on
// request.
#pragma once

#include "theater/base/bytes.h"
#include "theater/base/error.h"
#include "theater/base/hash.h"
#include "theater/base/id.h"
#include "theater/base/result.h"
#include "theater/log/event/body_use.h"
#include "theater/log/event/payload.h"
#include "theater/log/event/peers.h"
#include "theater/log/segment/segment_format.h"

#include <cstdint>
#include <functional>
#include <optional>
#include <span>

namespace theater::log {

// A payload that is stored outside its event. `bytes` must live only during the call.
struct DetachedBody {
  Salt salt{};
  ByteView bytes;
  BodyUse use = {};
};

// The thread that commits the events of a deferral.
enum class CommitBy : uint8_t {
  kCommitter,
  kCallingThread,  // If it can: it has no other work and may wait for the disk.
};

// Safe from any thread.
class EventSink {
 public:
  virtual ~EventSink() = default;

  // A number for an actor whose chain begins here.
  virtual ActorNumber add_actor(const ActorId& id) = 0;

  // Continues the chain of an actor that began before the log was opened. Call it once, before the
  // actor's next event.
  virtual void resume_actor(ActorNumber number, const ActorId& id) = 0;

  // Takes the next event of an actor's chain, in the order of its chain; `hash` is event_hash() of
  // `event`. An event that was appended before another is on disk before it or together with it,
  // whichever threads appended them. Never waits for the disk. Does nothing after a failure.
  virtual void append(ActorNumber actor, ByteView event, const Hash& hash,
                      std::span<const DetachedBody> bodies, Durability durability) = 0;

  // A fresh salt for a body.
  virtual Salt make_salt() = 0;

  // Backpressure. Without room append() still succeeds, but callers must stop producing until
  // `then` runs: once, on the committing thread, when there is room again or the log has stopped.
  // A log that has stopped runs it immediately.
  // So the log needs no reserve: its buffer grows past its bound by what its callers record before
  // they look again. A worker looks before each step of an actor, which starts or resumes the guest
  // or takes completed calls. The excess is therefore at most what each worker records in one step:
  // a tick of its guest, and the host call during which the tick ended. Added to that are small
  // events without a payload, which wait for nothing: the first event of a new actor, those that
  // end an actor by force, those of a client's pause, resume, stop and kill, and the node's own.
  virtual bool has_room() const = 0;
  virtual void when_room(std::function<void()> then) = 0;

  // Calls `then` without an error once everything appended before is on disk, or with the error
  // that stopped the log. Callbacks run in request order, on the committing thread or immediately.
  // They must be short and must not call the log.
  virtual void when_durable(std::function<void(const std::optional<Error>&)> then) = 0;

  // The same, in the same order, without haste: the events are committed when they would have been
  // anyway.
  virtual void when_committed(std::function<void(const std::optional<Error>&)> then) = 0;

  // Waits until everything appended before is on disk, or fails with the error that stopped the
  // log. In both cases all earlier callbacks of when_durable() have run.
  virtual Result<void> flush() = 0;

  // Between these two calls, which must be on one thread, events and callbacks of that thread do
  // not wake the committer. For short stretches such as the turn of an actor: other threads may
  // wait for the same group.
  virtual void defer_wakeups() {}
  // Wakes the committer if it is needed. With kCallingThread the calling thread commits instead,
  // and runs the callbacks, if the write and sync should be short and no other thread commits.
  // Returns whether it did.
  virtual bool end_deferral(CommitBy) { return false; }

  // The number of the log's events on disk. An event that is appended after this call has no
  // smaller index. Never waits for the disk.
  virtual uint64_t events_on_disk() const = 0;

  // The error that stopped the log; none while it runs.
  virtual std::optional<Error> failure() const = 0;
};

}  // namespace theater::log
