// Actors whose log has no room: what they record past its bound is bounded too.
#include "theater/actor/scheduling/worker_pool.h"
#include "theater/actor/testing/actor_harness.h"
#include "theater/actor/testing/probe_scripts.h"
#include "theater/base/guarded.h"
#include "theater/log/writer/event_sink.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <thread>

namespace theater::testing::log_room_test {

constexpr uint64_t kSeeds = 20;
constexpr size_t kBufferBytes = size_t{64} << 10;
constexpr uint32_t kCallBytes = 2'000;
constexpr int kCallsInATick = 4;
// With what each event has besides its payload, and the end of the call.
constexpr size_t kStepBytesMax = (kCallsInATick + 1) * (kCallBytes + 500);

// A log that keeps its events in a buffer until a test takes them out, and knows how large the
// buffer has been. Safe from any thread.
class SmallLog final : public log::EventSink {
 public:
  log::ActorNumber add_actor(const ActorId&) override {
    return state_.with([](State& state) { return log::ActorNumber{++state.actors}; });
  }
  void resume_actor(log::ActorNumber, const ActorId&) override {}
  void append(log::ActorNumber, ByteView event, const Hash&,
              std::span<const log::DetachedBody> bodies, log::Durability) override {
    state_.with([&](State& state) {
      state.bytes += event.size();
      for (const log::DetachedBody& body : bodies)
        state.bytes += body.bytes.size();
      state.bytes_max = std::max(state.bytes_max, state.bytes);
      ++state.events;
    });
  }
  log::Salt make_salt() override { return {}; }
  bool has_room() const override {
    return state_.with([](const State& state) { return state.bytes < kBufferBytes; });
  }
  void when_room(std::function<void()> then) override {
    state_.with([&](State& state) { state.for_room.push_back(std::move(then)); });
  }
  void when_durable(std::function<void(const std::optional<Error>&)> then) override {
    state_.with([&](State& state) { state.for_disk.push_back(std::move(then)); });
  }
  void when_committed(std::function<void(const std::optional<Error>&)> then) override {
    when_durable(std::move(then));
  }
  Result<void> flush() override {
    commit();
    return {};
  }
  uint64_t events_on_disk() const override {
    return state_.with([](const State& state) { return state.events; });
  }
  std::optional<Error> failure() const override { return std::nullopt; }

  // Empties the buffer, and says whether an actor had waited for that.
  bool commit() {
    auto [for_disk, for_room] = state_.with([](State& state) {
      if (state.bytes >= kBufferBytes) ++state.times_full;
      state.bytes = 0;
      return std::pair(std::exchange(state.for_disk, {}), std::exchange(state.for_room, {}));
    });
    for (const auto& then : for_disk)
      then(std::nullopt);
    for (const auto& then : for_room)
      then();
    return !for_disk.empty() || !for_room.empty();
  }

  // The largest part of the buffer that was past its bound, and how often it had no room.
  size_t excess_max() const {
    return state_.with([](const State& state) {
      return state.bytes_max - std::min(state.bytes_max, kBufferBytes);
    });
  }
  int times_full() const {
    return state_.with([](const State& state) { return state.times_full; });
  }

 private:
  struct State {
    uint64_t actors = 0;
    uint64_t events = 0;
    size_t bytes = 0;
    size_t bytes_max = 0;
    int times_full = 0;
    std::vector<std::function<void(const std::optional<Error>&)>> for_disk;
    std::vector<std::function<void()>> for_room;
  };
  Guarded<State> state_;
};

// Reads as much as it may in a tick, gives way, and does so for that many ticks.
void read_for(Play& play, int ticks) {
  for (int i = 0; i < kCallsInATick; ++i)
    play.call<Bytes>(kDesk, "fill", kCallBytes);
  if (ticks == 1) return play.finish({}, MaybeAnswer(to_bytes("read")));
  play.yield([ticks](Play& then) { read_for(then, ticks - 1); });
}

ScriptedComponent reader(const ActorHarness& harness) {
  ScriptedComponent component = harness.component();
  component.exports(on_request(), [](Play& play) { read_for(play, 16); });
  return component;
}

void settle(SeededScheduler& scheduler, SmallLog& log) {
  do
    scheduler.run();
  while (log.commit() || scheduler.queued() > 0);
}

TEST(LogRoom, OneWorkerRecordsAtMostOneStepPastTheBound) {
  for (uint64_t seed = 1; seed <= kSeeds; ++seed) {
    SCOPED_TRACE(seed);
    SmallLog log;
    SeededScheduler scheduler(seed);
    ActorHarness harness(scheduler, log);
    for (int i = 0; i < 20; ++i)
      harness.request(harness.add(reader(harness)), "read");
    settle(scheduler, log);
    EXPECT_EQ(harness.answers(), std::vector<std::string>(20, "ok: read"));
    EXPECT_GT(log.times_full(), 5);
    EXPECT_LE(log.excess_max(), kStepBytesMax);
  }
}

// Each of the actors waits for its host, and the log has no room when all get their answers.
TEST(LogRoom, CompletedCallsWaitForIt) {
  constexpr size_t kWaiting = 40;
  for (uint64_t seed = 1; seed <= kSeeds; ++seed) {
    SCOPED_TRACE(seed);
    SmallLog log;
    SeededScheduler scheduler(seed);
    ActorHarness harness(scheduler, log);
    ScriptedComponent component = harness.component();
    component.exports(on_request(), [](Play& play) {
      play.call_waiting<Answered>(
          kDesk, "fetch",
          [](Play& then, const Answered& page) {
            then.finish({}, MaybeAnswer(to_bytes(page ? "fetched" : page.error())));
          },
          std::string("x"));
    });
    std::vector<ActorId> waiting;
    for (size_t i = 0; i < kWaiting; ++i)
      waiting.push_back(harness.add(component));
    ActorId killed = waiting.back();
    for (const ActorId& id : waiting)
      harness.request(id, "fetch");
    settle(scheduler, log);
    ASSERT_EQ(harness.desk().fetches(), kWaiting);
    harness.request(harness.add(reader(harness)), "read");
    scheduler.run();
    ASSERT_FALSE(log.has_room());
    for (auto& reply : harness.desk().take_fetches())
      std::move(reply).answer(Answered(Bytes(kCallBytes, 'x')));
    harness.kill(killed);
    scheduler.run();
    EXPECT_TRUE(harness.cell(killed)->status().ended) << "an end by force needs no room";
    EXPECT_FALSE(log.has_room());
    EXPECT_LE(log.excess_max(), kStepBytesMax);
    settle(scheduler, log);
    std::vector<std::string> answers = harness.answers();
    EXPECT_EQ(std::ranges::count(answers, "ok: fetched"), kWaiting - 1);
    EXPECT_EQ(std::ranges::count(answers, "ok: read"), 1);
    EXPECT_EQ(harness.check_chains(), std::nullopt);
  }
}

TEST(LogRoom, EachWorkerRecordsAtMostOneStepPastTheBound) {
  constexpr size_t kWorkers = 3;
  constexpr size_t kActors = 30;
  SmallLog log;
  WorkerPool pool(kWorkers);
  ActorHarness harness(pool, log);
  for (size_t i = 0; i < kActors; ++i)
    harness.request(harness.add(reader(harness)), "read");
  // Seldom without need, since answers wait for the disk.
  for (int round = 1; harness.answers().size() < kActors; ++round) {
    if (!log.has_room() || round % 1'000 == 0) log.commit();
    std::this_thread::yield();
  }
  pool.stop();
  log.commit();
  EXPECT_GT(log.times_full(), 5);
  EXPECT_LE(log.excess_max(), kWorkers * kStepBytesMax);
}

}  // namespace theater::testing::log_room_test
