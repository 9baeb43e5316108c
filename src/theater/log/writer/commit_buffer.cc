#include "theater/log/writer/commit_buffer.h"

#include "theater/base/check.h"

namespace theater::log {

namespace {

// The buffer that the calling thread holds.
thread_local const void* held_here = nullptr;

}  // namespace

void Batch::clear() {
  frames.clear();
  items.clear();
  leaves.clear();
  bodies.clear();
  body_bytes.clear();
  actors.clear();
  waiters.clear();
}

CommitBuffer::CommitBuffer(const Limits& limits, uint64_t next_actor, const LogPosition& durable)
    : limits_(limits) {
  state_.with([&](State& state) {
    state.next_actor = next_actor;
    state.durable = durable;
  });
}

ActorNumber CommitBuffer::add_actor(const ActorId& id) {
  return state_.with([&](State& state) {
    ActorNumber number{state.next_actor++};
    state.batch.actors.emplace_back(number, id);
    return number;
  });
}

void CommitBuffer::resume_actor(ActorNumber number, const ActorId& id) {
  state_.with([&](State& state) { state.batch.actors.emplace_back(number, id); });
}

// Whether the committer is to be woken up.
bool CommitBuffer::add_event(State& state, ActorNumber actor, ByteView event, const Hash& hash,
                             std::span<const DetachedBody> bodies, Durability durability) {
  THEATER_CHECK(!state.stopping, "an event was appended to a log that is being closed");
  if (state.failure) return false;
  bool was_due = is_due(state);
  Batch& batch = state.batch;
  bool first = batch.items.empty();
  if (first) state.due = std::chrono::steady_clock::now() + limits_.async_delay;

  Batch::Item item{.actor = actor,
                   .frame = batch.frames.size(),
                   .bodies = batch.bodies.size(),
                   .bodies_end = batch.bodies.size()};
  for (const DetachedBody& body : bodies) {
    size_t begin = batch.body_bytes.size();
    theater::append(batch.body_bytes, body.bytes);
    batch.bodies.push_back(
        {.salt = body.salt, .use = body.use, .begin = begin, .end = batch.body_bytes.size()});
  }
  item.bodies_end = batch.bodies.size();
  append_event_frame(batch.frames, actor, event,
                     bodies.empty() ? std::nullopt : std::optional<uint64_t>(0));
  batch.items.push_back(item);
  batch.leaves.push_back(hash);

  if (durability == Durability::kSync) state.urgent = true;
  if (batch.size_bytes() + state.in_flight_bytes >= limits_.buffer_bytes) {
    state.full = true;
    full_.store(true, std::memory_order_relaxed);
  }
  return wakes(state, first || (!was_due && is_due(state)));
}

// Whether the committer is to be woken up at once, if it has a reason to look that it did not have
// before, or for what others owe. Whoever has the turn looks without that.
bool CommitBuffer::wakes(State& state, bool has_reason) {
  if (state.is_taken) return false;
  if (held_here == this) {
    if (has_reason) is_owed_.store(true, std::memory_order_relaxed);
    return false;
  }
  if (!has_reason && !is_owed_.load(std::memory_order_relaxed)) return false;
  is_owed_.store(false, std::memory_order_relaxed);
  return true;
}

void CommitBuffer::append(ActorNumber actor, ByteView event, const Hash& hash,
                          std::span<const DetachedBody> bodies, Durability durability) {
  bool wake = state_.with(
      [&](State& state) { return add_event(state, actor, event, hash, bodies, durability); });
  if (wake) state_.notify_all();
}

void CommitBuffer::when_room(std::function<void()> then) {
  bool waits = state_.with([&](State& state) {
    if (state.failure) return false;
    state.room_waiters.push_back(std::move(then));
    return true;
  });
  if (waits) {
    state_.notify_all();
  } else {
    then();
  }
}

void CommitBuffer::add_waiter(DurableWaiter then, Haste haste) {
  std::optional<Error> failure;
  bool wake = false;
  bool waits = state_.with([&](State& state) {
    failure = state.failure;
    bool is_idle = state.calling == 0 && state.batch.items.empty() && state.batch.waiters.empty();
    if (is_idle) return false;
    bool was_due = is_due(state);
    state.batch.waiters.push_back(std::move(then));
    if (haste == Haste::kNow) state.urgent = true;
    wake = wakes(state, !was_due && is_due(state));
    return true;
  });
  if (!waits) return then(failure);
  if (wake) state_.notify_all();
}

LogPosition CommitBuffer::durable() const {
  return state_.with([](const State& state) { return state.durable; });
}

std::optional<Error> CommitBuffer::failure() const {
  return state_.with([](const State& state) { return state.failure; });
}

void CommitBuffer::on_failure(std::function<void(const Error&)> then) {
  std::optional<Error> failure = state_.with([&](State& state) {
    if (!state.failure) state.failure_waiters.push_back(std::move(then));
    return state.failure;
  });
  if (failure) then(*failure);
}

bool CommitBuffer::anything(const State& state) const {
  return state.stopping || state.failure || !state.batch.items.empty() ||
         !state.batch.waiters.empty() || (!state.full && !state.room_waiters.empty());
}

// Whether what is there must not wait for company. Room is asked for when a batch is too much.
bool CommitBuffer::is_due(const State& state) const {
  return state.stopping || state.failure || state.urgent || state.full ||
         !state.room_waiters.empty() || state.batch.size_bytes() >= limits_.async_bytes;
}

void CommitBuffer::defer_wakeups() {
  held_here = this;
}

bool CommitBuffer::end_deferral() {
  held_here = nullptr;
  return is_owed_.load(std::memory_order_relaxed);
}

void CommitBuffer::wake() {
  bool is_owed =
      state_.with([&](State&) { return is_owed_.exchange(false, std::memory_order_relaxed); });
  if (is_owed) state_.notify_all();
}

void CommitBuffer::take(State& state, Batch& batch) {
  batch.clear();
  std::swap(batch, state.batch);
  state.is_taken = true;
  ++state.calling;
  state.in_flight_bytes = batch.size_bytes();
  state.urgent = false;
  is_owed_.store(false, std::memory_order_relaxed);
}

bool CommitBuffer::take(Batch& batch) {
  for (;;) {
    auto patience =
        state_.wait([&](const State& state) { return !state.is_taken && anything(state); },
                    [](const State& state) -> std::chrono::steady_clock::duration {
                      return state.due - std::chrono::steady_clock::now();
                    });
    std::optional<bool> taken = state_.wait_for(
        patience, [&](const State& state) { return !state.is_taken && is_due(state); },
        [&](State& state) -> std::optional<bool> {
          // Somebody else may have been faster.
          if (state.is_taken || !anything(state)) return std::nullopt;
          if (!is_due(state) && std::chrono::steady_clock::now() < state.due) return std::nullopt;
          if (state.failure) return false;
          bool left = !state.batch.items.empty() || !state.batch.waiters.empty() ||
                      !state.room_waiters.empty();
          if (state.stopping && !left) return false;
          take(state, batch);
          return true;
        });
    if (taken) return *taken;
  }
}

bool CommitBuffer::try_take(Batch& batch) {
  return state_.with([&](State& state) {
    if (state.is_taken || state.failure || state.stopping || !state.urgent) return false;
    if (!state.batch.bodies.empty() || state.batch.size_bytes() > kSmallBytesMax) return false;
    take(state, batch);
    return true;
  });
}

CommitBuffer::Finished CommitBuffer::finish(const LogPosition& durable) {
  return state_.with([&](State& state) {
    Finished finished;
    state.in_flight_bytes = 0;
    finished.failure = state.failure;
    if (state.failure) return finished;
    state.durable = durable;
    if (state.full && state.batch.size_bytes() <= limits_.buffer_bytes / 2) {
      state.full = false;
      full_.store(false, std::memory_order_relaxed);
    }
    if (!state.full) finished.room = std::exchange(state.room_waiters, {});
    return finished;
  });
}

void CommitBuffer::all_called() {
  end_calling();
}

void CommitBuffer::release() {
  bool more = state_.with([&](State& state) {
    state.is_taken = false;
    return anything(state);
  });
  if (more) state_.notify_all();
}

// After a failure nobody commits what is asked meanwhile, so the last one to call calls that too.
void CommitBuffer::end_calling() {
  for (;;) {
    std::vector<DurableWaiter> waiters;
    std::optional<Error> failure;
    state_.with([&](State& state) {
      failure = state.failure;
      if (failure && state.calling == 1) waiters = std::exchange(state.batch.waiters, {});
      if (waiters.empty()) --state.calling;
    });
    if (waiters.empty()) return;
    for (const DurableWaiter& waiter : waiters)
      waiter(failure);
  }
}

void CommitBuffer::fail(const Error& error) {
  std::vector<std::function<void(const Error&)>> to_call;
  std::vector<std::function<void()>> room_waiters;
  bool is_first = state_.with([&](State& state) {
    if (state.failure) return false;
    state.failure = error;
    state.full = true;
    full_.store(true, std::memory_order_relaxed);
    std::vector<DurableWaiter> waiters = std::exchange(state.batch.waiters, {});
    state.batch.clear();
    state.batch.waiters = std::move(waiters);
    room_waiters = std::exchange(state.room_waiters, {});
    to_call = std::exchange(state.failure_waiters, {});
    ++state.calling;
    return true;
  });
  if (!is_first) return;
  state_.notify_all();
  for (const auto& then : to_call)
    then(error);
  for (const auto& then : room_waiters)
    then();
  end_calling();
}

void CommitBuffer::stop() {
  state_.with([](State& state) { state.stopping = true; });
  state_.notify_all();
}

}  // namespace theater::log
