#include "theater/actor/testing/actor_turns.h"

namespace theater::testing {

namespace {

// Whether this worker has begun a turn that it has not reported the end of.
thread_local bool in_turn = false;

}  // namespace

void PooledTurns::enqueue(std::shared_ptr<Task> task, Lane lane) {
  bool is_running = state_.with([&](State& state) {
    if (state.is_running) ++state.busy;
    if (!state.is_running) state.held.emplace_back(std::move(task), lane);
    return state.is_running;
  });
  if (is_running) pool_.enqueue(std::move(task), lane);
}

size_t PooledTurns::run(size_t turns_max) {
  size_t before = state_.with([](const State& state) { return state.turns; });
  auto done = [&] { return state_.with([](const State& state) { return state.turns; }) - before; };
  auto is_held = [&] {
    return state_.with([](const State& state) { return !state.held.empty(); });
  };
  // A timer may queue a task at the last moment.
  do
    run_once(turns_max - done());
  while (is_held() && done() < turns_max);
  return done();
}

void PooledTurns::open() {
  std::vector<Queued> tasks = state_.with([](State& state) {
    state.is_running = true;
    state.busy += state.held.size();
    return std::exchange(state.held, {});
  });
  for (auto& [task, lane] : tasks)
    pool_.enqueue(std::move(task), lane);
}

void PooledTurns::run_until(const std::function<bool()>& ready) {
  run();
  if (!ready()) open();
}

void PooledTurns::run_once(size_t turns_max) {
  size_t end = state_.with([&](const State& state) {
    return turns_max > SIZE_MAX - state.turns ? SIZE_MAX : state.turns + turns_max;
  });
  open();
  state_.wait([&](const State& state) { return state.busy == 0 || state.turns >= end; },
              [](State& state) { state.is_running = false; });
  // A task that has more to do is held from here on.
  state_.wait([](const State& state) { return state.busy == 0; }, [](State&) {});
}

void PooledTurns::stop() {
  pool_.stop();
  // A task may wake others when it is destroyed, which must not happen under the lock.
  std::vector<Queued> dropped =
      state_.with([](State& state) { return std::exchange(state.held, {}); });
}

void PooledTurns::before() {
  if (hook_ != nullptr) hook_->before();
  in_turn = true;
}

bool PooledTurns::after(Worker worker) {
  bool more = hook_ != nullptr && hook_->after(worker);
  if (!std::exchange(in_turn, false)) return more;
  state_.with([](State& state) {
    --state.busy;
    ++state.turns;
  });
  state_.notify_all();
  return more;
}

}  // namespace theater::testing
