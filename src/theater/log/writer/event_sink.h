// What actors record into, as they see it: a node's log (log.h), or in tests one that brings things
// to disk when it is told to.
#pragma once

#include "theater/base/bytes.h"
#include "theater/base/error.h"
#include "theater/base/hash.h"
#include "theater/base/id.h"
#include "theater/log/event/payload.h"
#include "theater/log/event/peers.h"
#include "theater/log/segment/segment_format.h"

#include <cstdint>
#include <functional>
#include <optional>
#include <span>

namespace theater::log {

// A payload that is kept beside its event. `bytes` need only live as long as the call.
struct DetachedBody {
  Salt salt{};
  ByteView bytes;
};

// Who is to bring to disk what a stretch has left behind.
enum class Settling : uint8_t {
  kWake,    // The committer.
  kCommit,  // Rather the calling thread, which can wait for the disk.
};

// Safe from any thread.
class EventSink {
 public:
  virtual ~EventSink() = default;

  // A number for an actor whose chain begins here.
  virtual ActorNumber add_actor(const ActorId& id) = 0;

  // An actor whose chain began before the log was opened, and is to go on. Once, before its next
  // event.
  virtual void resume_actor(ActorNumber number, const ActorId& id) = 0;

  // Takes the next event of an actor's chain, in the order of its chain; `hash` is event_hash() of
  // `event`. An event that was appended before another is on disk before it or together with it,
  // whichever threads appended them. Never waits for the disk. Does nothing after a failure.
  virtual void append(ActorNumber actor, ByteView event, const Hash& hash,
                      std::span<const DetachedBody> bodies, Durability durability) = 0;

  // A fresh salt for a body.
  virtual Salt make_salt() = 0;

  // Whether there is room for more. Not having any is no failure of append(): it is for callers to
  // stop making events until `then` is called, once, by whoever commits: there is room again,
  // or the log has stopped and never will have any. A log that has stopped calls it at once.
  virtual bool has_room() const = 0;
  virtual void when_room(std::function<void()> then) = 0;

  // Calls `then` once everything appended before is on disk, with no error; or with the error that
  // stopped the log. Who asks first is called first. By whoever commits, or at once. Must be
  // short and not call the log.
  virtual void when_durable(std::function<void(const std::optional<Error>&)> then) = 0;

  // Around what a thread does at a stretch, such as the turn of an actor: nothing that it appends
  // or asks for from hold() on wakes up the committer before settle(), which must follow, on the
  // same thread. For threads whose stretches are short: others may wait for the same group.
  virtual void hold() {}
  // With kCommit, for a thread that has nothing better to do: it commits itself, and calls those
  // who waited for it. Only if that is a short write and sync, as far as one can know, and nobody
  // else commits; says whether it was done.
  virtual bool settle(Settling) { return false; }

  // How many events of the log are on disk: one that is appended after this call has no smaller
  // index in it. Never waits for the disk.
  virtual uint64_t events_on_disk() const = 0;

  // Why it stopped, if it did.
  virtual std::optional<Error> failure() const = 0;
};

}  // namespace theater::log
