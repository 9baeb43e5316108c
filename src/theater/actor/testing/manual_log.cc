#include "theater/actor/testing/manual_log.h"

#include <algorithm>

namespace theater::testing {

log::ActorNumber ManualLog::add_actor(const ActorId&) {
  return state_.with([](State& state) { return log::ActorNumber{state.actors++}; });
}

void ManualLog::append(log::ActorNumber, ByteView, const Hash& hash,
                       std::span<const log::DetachedBody>, log::Durability) {
  state_.with([&](State& state) {
    if (!state.failure) state.events.emplace(hash, state.events.size() + 1);
  });
}

void ManualLog::when_room(std::function<void()> then) {
  bool waits = state_.with([&](State& state) {
    if (state.failure) return false;
    state.room_waiters.push_back(then);
    return true;
  });
  if (!waits) then();
}

void ManualLog::when_durable(Waiter then) {
  state_.with(
      [&](State& state) { state.waiters.emplace_back(state.events.size(), std::move(then)); });
  call_waiters();
}

void ManualLog::when_committed(Waiter then) {
  when_durable(std::move(then));
}

Result<void> ManualLog::flush() {
  commit();
  if (auto why = failure()) return Failure(*std::move(why));
  return {};
}

bool ManualLog::end_deferral(log::CommitBy how) {
  if (how == log::CommitBy::kCommitter || !anybody_waits()) return false;
  commit();
  return true;
}

uint64_t ManualLog::events_on_disk() const {
  return state_.with([](const State& state) { return state.on_disk; });
}

std::optional<Error> ManualLog::failure() const {
  return state_.with([](const State& state) { return state.failure; });
}

void ManualLog::commit(size_t events) {
  state_.with([&](State& state) {
    if (state.failure) return;
    state.on_disk += std::min(events, state.events.size() - state.on_disk);
  });
  call_waiters();
}

void ManualLog::fail() {
  std::vector<std::function<void()>> room_waiters;
  state_.with([&](State& state) {
    state.failure = Error(ErrorCode::kIo, "the disk is gone");
    room_waiters = std::exchange(state.room_waiters, {});
  });
  for (const auto& then : room_waiters)
    then();
  call_waiters();
}

// Calls them one at a time, in their order, on any thread that finds them due.
void ManualLog::call_waiters() {
  bool mine = state_.with([](State& state) { return !std::exchange(state.calling, true); });
  while (mine) {
    Waiter next;
    std::optional<Error> failure;
    state_.with([&](State& state) {
      bool is_ready =
          !state.waiters.empty() && (state.failure || state.waiters.front().first <= state.on_disk);
      if (!is_ready) {
        state.calling = mine = false;
        return;
      }
      if (state.waiters.front().first > state.on_disk) failure = state.failure;
      next = std::move(state.waiters.front().second);
      state.waiters.erase(state.waiters.begin());
    });
    if (mine) next(failure);
  }
}

size_t ManualLog::pending() const {
  return state_.with([](const State& state) { return state.events.size() - state.on_disk; });
}

bool ManualLog::anybody_waits() const {
  return state_.with([](const State& state) { return !state.waiters.empty(); });
}

size_t ManualLog::index_of(const Hash& event) const {
  return state_.with([&](const State& state) { return state.events.at(event) - 1; });
}

bool ManualLog::is_pending(const Hash& event) const {
  return state_.with([&](const State& state) {
    auto found = state.events.find(event);
    return found != state.events.end() && found->second > state.on_disk;
  });
}

}  // namespace theater::testing
