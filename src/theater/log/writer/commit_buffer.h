// The buffer between recorders and the committer: recorded events that are not on disk yet, the
// callbacks that wait for them, and whether there is room for more.
//
// The buffer holds events as finished frames, one behind the other in the order of append(). The
// committer takes all of them at once and writes them unchanged. Only the frames of events with
// bodies are completed later: the committer decides how the file keeps each body, and where.
//
// One thread commits at a time. It has the turn from take() or try_take() until release(). State
// that only committers touch is safe within a turn, and the next turn sees it.
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

// The part that is committed as a whole.
struct Batch {
  struct Item {
    ActorNumber actor;
    size_t frame = 0;  // The beginning of its frame in `frames`.
    // The beginning and end of its bodies in `bodies`; both the same if it has none.
    size_t bodies = 0;
    size_t bodies_end = 0;
  };
  struct Body {
    Salt salt{};
    BodyUse use;
    size_t begin = 0;  // The beginning and end of its bytes in `body_bytes`.
    size_t end = 0;
  };

  Bytes frames;
  std::vector<Item> items;
  std::vector<Hash> leaves;  // As many as items.
  std::vector<Body> bodies;
  Bytes body_bytes;
  // The actors added or resumed since the last batch.
  std::vector<std::pair<ActorNumber, ActorId>> actors;
  std::vector<DurableWaiter> waiters;

  size_t size_bytes() const { return frames.size() + body_bytes.size(); }
  ByteView bytes_of(const Body& body) const {
    return ByteView(body_bytes).subspan(body.begin, body.end - body.begin);
  }
  // Empties the batch and keeps its memory.
  void clear();
};

// Safe from any thread. finish(), all_called() and release() belong within a turn.
class CommitBuffer {
 public:
  struct Limits {
    uint64_t buffer_bytes = 0;
    uint64_t async_bytes = 0;
    std::chrono::milliseconds async_delay{0};
  };

  // The largest batch that try_take() takes.
  static constexpr size_t kSmallBytesMax = size_t{64} << 10;

  // `durable` is the position on disk at the beginning, `next_actor` the first unused number.
  CommitBuffer(const Limits& limits, uint64_t next_actor, const LogPosition& durable);

  // The operations of EventSink and Log (event_sink.h, log.h).
  ActorNumber add_actor(const ActorId& id);
  void resume_actor(ActorNumber number, const ActorId& id);
  void append(ActorNumber actor, ByteView event, const Hash& hash,
              std::span<const DetachedBody> bodies, Durability durability);
  bool has_room() const { return !full_.load(std::memory_order_relaxed); }
  void when_room(std::function<void()> then);
  void when_durable(DurableWaiter then) { add_waiter(std::move(then), Haste::kNow); }
  void when_committed(DurableWaiter then) { add_waiter(std::move(then), Haste::kNone); }
  LogPosition durable() const;
  std::optional<Error> failure() const;
  void on_failure(std::function<void(const Error&)> then);

  // Between these two calls the calling thread wakes no committer. end_deferral() returns whether
  // this or another thread has left events or callbacks; then the caller must call wake() or take a
  // turn.
  void defer_wakeups();
  bool end_deferral();
  void wake();

  // Waits until there is something to commit and no other thread has the turn. Clears `batch`, and
  // swaps it with the buffer's. A batch without events has only callbacks to run. Returns false,
  // and gives no turn, when nothing more can come: after a failure, or after the last events at
  // stop().
  bool take(Batch& batch);

  // The same without waiting. Returns true only if a callback waits for the batch, no other thread
  // has the turn, and the batch is a small write and one sync, without bodies.
  bool try_take(Batch& batch);

  // Notes that this turn's batch is on disk, up to `durable`. Returns the callbacks that waited for
  // room, to be called outside of any lock; and `failure` if the log was stopped meanwhile.
  struct Finished {
    std::vector<std::function<void()>> room;
    std::optional<Error> failure;
  };
  Finished finish(const LogPosition& durable);
  // Notes that the callbacks of the batch and of finish() have run. A later request now runs
  // immediately, without overtaking them.
  void all_called();
  // Ends the turn.
  void release();

  // Stops the log for `error`, unless it has stopped before, and runs every waiting callback. While
  // another thread has a batch with callbacks to run first, that thread runs them.
  void fail(const Error& error);

  // Makes take() return false after the last events. No append may follow.
  void stop();

 private:
  struct State {
    Batch batch;
    uint64_t next_actor = 0;
    LogPosition durable;
    bool is_taken = false;  // A thread has the turn, and looks once more when it ends.
    // Threads between taking and all_called(), or in fail(). Requests wait meanwhile, so that
    // callbacks run in request order.
    int calling = 0;
    uint64_t in_flight_bytes = 0;
    bool full = false;
    bool urgent = false;  // A `sync` event or a callback in haste waits for the batch.
    bool stopping = false;
    std::chrono::steady_clock::time_point due;  // The time of a batch that no callback waits for.
    std::vector<std::function<void()>> room_waiters;
    std::optional<Error> failure;
    std::vector<std::function<void(const Error&)>> failure_waiters;
  };
  enum class Haste : uint8_t { kNow, kNone };
  void add_waiter(DurableWaiter then, Haste haste);
  void end_calling();
  void take(State& state, Batch& batch);
  bool wakes(State& state, bool has_reason);
  bool anything(const State& state) const;
  bool is_due(const State& state) const;
  bool add_event(State& state, ActorNumber actor, ByteView event, const Hash& hash,
                 std::span<const DetachedBody> bodies, Durability durability);

  const Limits limits_;
  std::atomic<bool> full_{false};  // State::full, readable without the lock for every event.
  // A deferring thread has left something to commit and has woken up no thread. Written under the
  // lock.
  std::atomic<bool> is_owed_{false};
  Guarded<State> state_;
};

}  // namespace theater::log
