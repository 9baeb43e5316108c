#include "theater/actor/worker_pool.h"

#include "theater/actor/testing/stage.h"

#include <gtest/gtest.h>

namespace theater {
namespace {

// Counts what it is told of, a little at a time.
class Counter final : public Task {
 public:
  explicit Counter(Scheduler& scheduler) : Task(scheduler) {}

  void tell() {
    told_.fetch_add(1);
    wake();
  }
  uint64_t counted() const { return counted_.load(); }

 private:
  Turn take_turn() override {
    EXPECT_FALSE(running_.exchange(true)) << "two workers run one task";
    if (counted_.load() < told_.load()) counted_.fetch_add(1);
    bool more = counted_.load() < told_.load();
    running_.store(false);
    return more ? Turn::kMore : Turn::kParked;
  }

  std::atomic<bool> running_{false};
  std::atomic<uint64_t> told_{0};
  std::atomic<uint64_t> counted_{0};
};

TEST(WorkerPool, LosesNoWakeUp) {
  for (size_t workers : {1u, 2u, 4u}) {
    constexpr uint64_t kTells = 5'000;
    constexpr size_t kThreads = 3;
    WorkerPool pool(workers);
    auto counter = std::make_shared<Counter>(pool);
    std::vector<std::thread> tellers;
    for (size_t i = 0; i < kThreads; ++i) {
      tellers.emplace_back([&] {
        for (uint64_t tell = 0; tell < kTells; ++tell)
          counter->tell();
      });
    }
    for (std::thread& teller : tellers)
      teller.join();
    while (counter->counted() < kTells * kThreads)
      std::this_thread::yield();
    pool.stop();
    EXPECT_EQ(counter->counted(), kTells * kThreads);
  }
}

TEST(WorkerPool, StopsWithTasksQueued) {
  WorkerPool pool(2);
  auto counter = std::make_shared<Counter>(pool);
  for (int i = 0; i < 1'000; ++i)
    counter->tell();
  pool.stop();
  pool.stop();
  counter->tell();
  EXPECT_LE(counter->counted(), 1'001u);
}

// Actors that ask each other from many threads, with some of them ended on the way: every request
// is answered once, and the chains agree.
TEST(WorkerPool, RunsActorsThatTalkWhileOthersEnd) {
  using namespace theater::testing;
  WorkerPool pool(3);
  Stage stage(pool);
  constexpr size_t kActors = 12;
  constexpr size_t kRequests = 600;
  std::vector<ActorId> ids;
  for (size_t i = 0; i < kActors; ++i)
    ids.push_back(stage.next_id());
  for (size_t i = 0; i < kActors; ++i) {
    auto component = stage.component();
    ActorId next = ids[(i * 5 + 1) % kActors];
    component.exports(on_request(), [next](Play& play) {
      Bytes bytes = std::get<1>(play.params<std::string, Bytes>());
      play.call<Done>(kDesk, "send", next.to_string(), bytes);
      play.call_waiting<Answered>(
          kDesk, "request",
          [](Play& then, Answered answer) {
            then.finish(std::nullopt,
                        std::optional<Bytes>(answer ? *answer : to_bytes(answer.error())));
          },
          next.to_string(), bytes);
    });
    component.exports(on_message(), [](Play& play) { play.finish(play.state()); });
    stage.add(component, {.id = ids[i]});
  }
  std::vector<std::thread> clients;
  for (size_t client = 0; client < 3; ++client) {
    clients.emplace_back([&, client] {
      for (size_t i = 0; i < kRequests / 3; ++i) {
        stage.request(ids[(i + client) % kActors], "x");
        if (i % 60 == 59) stage.kill(ids[(i / 60 + client * 3) % kActors]);
      }
    });
  }
  for (std::thread& client : clients)
    client.join();
  while (stage.answers().size() < kRequests)
    std::this_thread::yield();
  for (const ActorId& id : ids)
    stage.stop(id);
  for (const ActorId& id : ids) {
    while (!stage.cell(id)->status().ended)
      std::this_thread::yield();
  }
  pool.stop();
  EXPECT_EQ(stage.answers().size(), kRequests);
  EXPECT_EQ(stage.check_chains(), std::nullopt);
}

}  // namespace
}  // namespace theater
