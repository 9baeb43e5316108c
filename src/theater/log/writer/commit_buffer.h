// Between those who record and whoever commits: what was recorded and is not on disk yet, who waits
// for it, and whether there is room for more.
//
// Events lie here as the finished frames that the segment gets, one behind the other in the order
// of append(), so that whoever commits takes all of them at once and writes them as they are. Only
// the frames of events with bodies need a last touch: where their bodies begin is known when it is
// known which body file they go to.
//
// One thread commits at a time: it has the turn from take() or try_take() until release(). Whatever
// else only committers touch is safe within a turn, and seen by the next one.
#pragma once

#include "theater/base/bytes.h"
#include "theater/base/guarded.h"
#include "theater/base/hash.h"
#include "theater/base/id.h"
#include "theater/log/segment/segment_format.h"
#include "theater/log/writer/log.h"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <utility>
#include <vector>

namespace theater::log {

using DurableWaiter = std::function<void(const std::optional<Error>&)>;

// What is committed as a whole.
struct Batch {
  struct Item {
    ActorNumber actor;
    size_t frame = 0;  // Where its frame begins in `frames`.
    // Where the records of its bodies begin and end in `bodies`; both the same if it has none.
    size_t bodies = 0;
    size_t bodies_end = 0;
  };

  Bytes frames;
  std::vector<Item> items;
  std::vector<Hash> leaves;  // As many as items.
  Bytes bodies;
  std::vector<std::pair<ActorNumber, ActorId>> actors;  // Added or resumed since the batch before.
  std::vector<DurableWaiter> waiters;

  size_t size_bytes() const { return frames.size() + bodies.size(); }
  // Keeps the memory.
  void clear();
};

// Safe from any thread; finish(), all_called() and release() within a turn.
class CommitBuffer {
 public:
  struct Limits {
    uint64_t buffer_bytes = 0;
    uint64_t async_bytes = 0;
    std::chrono::milliseconds async_delay{0};
  };

  // More than this is not taken by try_take().
  static constexpr size_t kSmallBytesMax = size_t{64} << 10;

  // `durable` is what is on disk at the beginning, `next_actor` the first number to be given.
  CommitBuffer(const Limits& limits, uint64_t next_actor, const LogPosition& durable);

  // See log.h for these.
  ActorNumber add_actor(const ActorId& id);
  void resume_actor(ActorNumber number, const ActorId& id);
  void append(ActorNumber actor, ByteView event, const Hash& hash,
              std::span<const DetachedBody> bodies, Durability durability);
  bool has_room() const { return !full_.load(std::memory_order_relaxed); }
  void when_room(std::function<void()> then);
  void when_durable(DurableWaiter then);
  LogPosition durable() const;
  std::optional<Error> failure() const;
  void on_failure(std::function<void(const Error&)> then);

  // Between these two calls the calling thread wakes no committer. end_deferral() returns whether
  // this or another thread has left events or callbacks; then the caller must call wake() or
  // take a turn.
  void defer_wakeups();
  bool end_deferral();
  void wake();

  // Waits until something has to be committed and nobody else has the turn, and swaps it with
  // `batch`, which is touched in the turn only and is cleared first. Without any event in it there
  // is nothing to write, but there is somebody to be called. False, and no turn, when there is
  // nothing more to come: after a failure, or at the end of what was there at stop().
  bool take(Batch& batch);

  // The same without waiting, for what somebody waits for: true only if there is such a thing, if
  // nobody has the turn, and if it is a small write and one sync, without bodies.
  bool try_take(Batch& batch);

  // What this turn took is on disk, up to `durable`. Returns those to be called, outside of any
  // lock, because there is room again; `failure` if the log was stopped meanwhile.
  struct Finished {
    std::vector<std::function<void()>> room;
    std::optional<Error> failure;
  };
  Finished finish(const LogPosition& durable);
  // Those who waited for the batch, or for room, have been called: nobody who comes now is called
  // before them.
  void all_called();
  // Ends the turn.
  void release();

  // Stops the log for `error`, unless it has stopped before, and has everybody called who waits; by
  // whoever has the turn, if there is a batch of others to call first.
  void fail(const Error& error);

  // Makes take() come to its end. Nothing may be appended from then on.
  void stop();

 private:
  struct State {
    Batch batch;
    uint64_t next_actor = 0;
    LogPosition durable;
    bool is_taken = false;  // Somebody has the turn, and looks once more when it ends.
    // Who is between taking and all_called(), or in fail(). Whoever asks meanwhile waits, so that
    // those who asked before are called before.
    int calling = 0;
    uint64_t in_flight_bytes = 0;
    bool full = false;
    bool urgent = false;  // Somebody waits for the batch.
    bool stopping = false;
    std::chrono::steady_clock::time_point due;  // When a batch that nobody waits for is taken.
    std::vector<std::function<void()>> room_waiters;
    std::optional<Error> failure;
    std::vector<std::function<void(const Error&)>> failure_waiters;
  };
  void end_calling();
  void take(State& state, Batch& batch);
  bool wakes(State& state, bool has_reason);
  bool anything(const State& state) const;
  bool is_due(const State& state) const;
  bool add_event(State& state, ActorNumber actor, ByteView event, const Hash& hash,
                 std::span<const DetachedBody> bodies, ByteView body_heads, Durability durability);

  const Limits limits_;
  std::atomic<bool> full_{false};  // State::full, for those who look at it with every event.
  // Somebody who holds has left something to be committed, for which nobody was woken up. Written
  // under the lock.
  std::atomic<bool> is_owed_{false};
  Guarded<State> state_;
};

}  // namespace theater::log
