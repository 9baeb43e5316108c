// Between those who record and the thread that commits: what was recorded and is not on disk yet,
// who waits for it, and whether there is room for more.
//
// Events lie here as the finished frames that the segment gets, one behind the other in the order
// of append(), so that the committer takes all of them at once and writes them as they are. Only
// the frames of events with bodies need a last touch: where their bodies begin is known when it is
// known which body file they go to.
#pragma once

#include "theater/base/bytes.h"
#include "theater/base/guarded.h"
#include "theater/base/hash.h"
#include "theater/base/id.h"
#include "theater/log/log.h"
#include "theater/log/segment_format.h"

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

// What the committer takes as a whole.
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

// Safe from any thread; take(), finish() and fail() for one committer, but that any thread may fail
// it.
class CommitBuffer {
 public:
  struct Limits {
    uint64_t buffer_bytes = 0;
    uint64_t async_bytes = 0;
    std::chrono::milliseconds async_delay{0};
  };

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

  // Waits until something has to be committed and swaps it with `batch`, which is cleared first.
  // Without any event in it there is nothing to write, but there is somebody to be called. False
  // when there is nothing more to come: after a failure, or at the end of what was there at stop().
  bool take(Batch& batch);

  // What take() gave last is on disk, up to `durable`. Returns those to be called, outside of any
  // lock, because there is room again; `failure` if the log was stopped meanwhile.
  struct Finished {
    std::vector<std::function<void()>> room;
    std::optional<Error> failure;
  };
  Finished finish(const LogPosition& durable);
  // Those who waited for the batch, or for room, have been called: nobody who comes now is called
  // before them.
  void all_called();

  // Stops the log for `error`, unless it has stopped before, and has everybody called who waits; by
  // the committer, if it has a batch of others to call first.
  void fail(const Error& error);

  // Makes take() come to its end. Nothing may be appended from then on.
  void stop();

 private:
  struct State {
    Batch batch;
    uint64_t next_actor = 0;
    LogPosition durable;
    // Who is between take() and all_called(), or in fail(). Whoever asks meanwhile waits, so that
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
  bool anything(const State& state) const;
  bool is_due(const State& state) const;
  bool add_event(State& state, ActorNumber actor, ByteView event, const Hash& hash,
                 std::span<const DetachedBody> bodies, ByteView body_heads, Durability durability);

  const Limits limits_;
  std::atomic<bool> full_{false};  // State::full, for those who look at it with every event.
  Guarded<State> state_;
};

}  // namespace theater::log
