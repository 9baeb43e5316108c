#include "theater/actor/scheduling/worker_pool.h"

#include "theater/actor/testing/actor_harness.h"
#include "theater/engine/ticker.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <thread>
#include <utility>
#include <vector>

namespace theater::worker_pool_test {

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

// Does one thing in its turn.
class Caller final : public Task {
 public:
  Caller(Scheduler& scheduler, std::function<void()> what)
      : Task(scheduler), what_(std::move(what)) {}

 private:
  Turn take_turn() override {
    what_();
    return Turn::kParked;
  }

  std::function<void()> what_;
};

TEST(WorkerPool, LosesNoWakeUp) {
  for (size_t workers : {1u, 2u, 3u, 4u, 8u}) {
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

// Bursts with pauses between them, so that workers go to sleep and are roused all the time.
void tell_in_bursts(WorkerPool& pool) {
  std::vector<std::shared_ptr<Counter>> counters;
  for (size_t i = 0; i < 6; ++i)
    counters.push_back(std::make_shared<Counter>(pool));
  for (uint64_t round = 1; round <= 400; ++round) {
    size_t burst = round % counters.size() + 1;
    std::vector<uint64_t> before;
    for (size_t i = 0; i < burst; ++i) {
      before.push_back(counters[i]->counted());
      counters[i]->tell();
    }
    for (size_t i = 0; i < burst; ++i) {
      while (counters[i]->counted() == before[i])
        std::this_thread::yield();
    }
  }
}

TEST(WorkerPool, LosesNoWakeUpWhileWorkersFallAsleep) {
  for (size_t workers = 1; workers <= 8; ++workers) {
    WorkerPool pool(workers);
    tell_in_bursts(pool);
  }
}

// A turn of it lasts until it is let go, or for a slice of time.
class Spinner final : public Task {
 public:
  // `all_turns` counts those of several.
  Spinner(Scheduler& scheduler, const std::atomic<bool>& over,
          std::atomic<uint64_t>* all_turns = nullptr)
      : Task(scheduler), over_(over), all_turns_(all_turns) {}

  uint64_t turns() const { return turns_.load(); }
  // What all_turns was when the last one ended.
  uint64_t end_of_turn() const { return end_of_turn_.load(); }

 private:
  Turn take_turn() override {
    auto end = std::chrono::steady_clock::now() + engine::kTickPeriod;
    while (!over_ && std::chrono::steady_clock::now() < end) {
    }
    if (all_turns_ != nullptr) end_of_turn_ = all_turns_->fetch_add(1) + 1;
    turns_.fetch_add(1);
    return over_ ? Turn::kParked : Turn::kSpent;
  }

  const std::atomic<bool>& over_;
  std::atomic<uint64_t>* all_turns_;
  std::atomic<uint64_t> end_of_turn_{0};
  std::atomic<uint64_t> turns_{0};
};

// A task that has used up a slice waits behind all that have not, and those wait for a slice at
// most. A thousand tasks that are woken together see few turns of the spinners, and not one each.
TEST(WorkerPool, SpinnersLeaveTheOthersTheirTurns) {
  for (size_t workers : {1u, 2u}) {
    std::atomic<bool> over{false};
    WorkerPool pool(workers);
    std::vector<std::shared_ptr<Spinner>> spinners;
    for (size_t i = 0; i < workers + 1; ++i) {
      spinners.push_back(std::make_shared<Spinner>(pool, over));
      spinners.back()->wake();
    }
    auto spun = [&] {
      uint64_t turns = 0;
      for (const auto& spinner : spinners)
        turns += spinner->turns();
      return turns;
    };
    while (spun() < 4 * workers)
      std::this_thread::yield();
    constexpr size_t kQuiet = 1'000;
    std::atomic<uint64_t> last{0};  // Turns of the spinners when the last quiet one had its own.
    std::atomic<size_t> done{0};
    std::vector<std::shared_ptr<Caller>> quiet;
    for (size_t i = 0; i < kQuiet; ++i) {
      quiet.push_back(std::make_shared<Caller>(pool, [&] {
        last = spun();
        done.fetch_add(1);
      }));
    }
    std::atomic<uint64_t> first{0};
    auto starter = std::make_shared<Caller>(pool, [&] {
      first = spun();
      for (const auto& caller : quiet)
        caller->wake();
    });
    starter->wake();
    while (done < kQuiet)
      std::this_thread::yield();
    EXPECT_LT(last - first, kQuiet / 5);
    over = true;
    pool.stop();
  }
}

// One of many that spin is asked for, again and again: it has a turn soon, and not when all of the
// others have had one.
TEST(WorkerPool, ASpinnerThatIsWantedLeavesTheBackground) {
  constexpr size_t kSpinners = 60;
  constexpr int kAsked = 10;
  for (size_t workers : {1u, 2u}) {
    std::atomic<bool> over{false};
    std::atomic<uint64_t> all_turns{0};
    WorkerPool pool(workers);
    std::vector<std::shared_ptr<Spinner>> spinners;
    for (size_t i = 0; i < kSpinners; ++i) {
      spinners.push_back(std::make_shared<Spinner>(pool, over, &all_turns));
      spinners.back()->wake();
    }
    for (const auto& spinner : spinners) {
      while (spinner->turns() == 0)
        std::this_thread::yield();
    }
    uint64_t others = 0;
    for (int asked = 0; asked < kAsked; ++asked) {
      Spinner& wanted = *spinners[static_cast<size_t>(asked) * 7 % kSpinners];
      uint64_t turns = wanted.turns();
      uint64_t before = all_turns;
      wanted.wake_urgent();
      while (wanted.turns() == turns)
        std::this_thread::yield();
      others += wanted.end_of_turn() - before;
    }
    EXPECT_LT(others, kAsked * kSpinners / 3);
    over = true;
    pool.stop();
  }
}

TEST(WorkerPool, SpinnersTakeTurns) {
  std::atomic<bool> over{false};
  WorkerPool pool(1);
  std::vector<std::shared_ptr<Spinner>> spinners;
  for (size_t i = 0; i < 3; ++i)
    spinners.push_back(std::make_shared<Spinner>(pool, over));
  auto starter = std::make_shared<Caller>(pool, [&] {
    for (const auto& spinner : spinners)
      spinner->wake();
  });
  starter->wake();
  // Looks between two turns, as the only worker can.
  std::vector<uint64_t> seen;
  std::atomic<int> looks{0};
  auto look = std::make_shared<Caller>(pool, [&] {
    for (const auto& spinner : spinners)
      seen.push_back(spinner->turns());
    looks.fetch_add(1);
  });
  for (int i = 0; i < 2; ++i) {
    uint64_t turns = spinners[2]->turns();
    while (spinners[2]->turns() < turns + 20)
      std::this_thread::yield();
    look->wake();
    while (looks == i)
      std::this_thread::yield();
  }
  over = true;
  pool.stop();
  std::vector<uint64_t> between;
  for (size_t i = 0; i < 3; ++i)
    between.push_back(seen[3 + i] - seen[i]);
  auto [least, most] = std::minmax_element(between.begin(), between.end());
  EXPECT_LE(*most - *least, 1u);
}

// Runs for slices until another one is in a turn at the same time.
class Meeting final : public Task {
 public:
  Meeting(Scheduler& scheduler, std::atomic<int>& here, std::atomic<bool>& met)
      : Task(scheduler), here_(here), met_(met) {}

 private:
  Turn take_turn() override {
    here_.fetch_add(1);
    auto end = std::chrono::steady_clock::now() + engine::kTickPeriod;
    while (std::chrono::steady_clock::now() < end) {
      if (here_.load() == 2) met_ = true;
    }
    here_.fetch_sub(1);
    return met_ ? Turn::kParked : Turn::kSpent;
  }

  std::atomic<int>& here_;
  std::atomic<bool>& met_;
};

TEST(WorkerPool, TwoThatComputeDoNotShareAWorkerWhileAnotherSleeps) {
  for (int round = 0; round < 20; ++round) {
    WorkerPool pool(2);
    std::atomic<int> here{0};
    std::atomic<bool> met{false};
    auto first = std::make_shared<Meeting>(pool, here, met);
    auto second = std::make_shared<Meeting>(pool, here, met);
    // Woken by a worker, both are in its queue.
    auto both = std::make_shared<Caller>(pool, [&] {
      first->wake();
      second->wake();
    });
    both->wake();
    while (!met)
      std::this_thread::yield();
    pool.stop();
  }
}

// Keeps what a worker is told when it has nothing to do.
struct Idler final : TurnObserver {
  explicit Idler(std::function<bool()> work) : idle_work(std::move(work)) {}
  void before() override {
    EXPECT_FALSE(std::exchange(within, true));
    ++turns;
  }
  bool after(Worker worker) override {
    within = false;
    return worker == Worker::kIdle && idle_work();
  }

  static thread_local bool within;
  std::atomic<uint64_t> turns{0};
  std::function<bool()> idle_work;
};
thread_local bool Idler::within = false;

TEST(WorkerPool, AWorkerThatIsAloneDoesNothingElse) {
  WorkerPool pool(1);
  std::atomic<bool> was_idle{false};
  Idler hook([&] { return !was_idle.exchange(true); });
  pool.set_turn_observer(hook);
  auto counter = std::make_shared<Counter>(pool);
  for (uint64_t i = 1; i <= 100; ++i) {
    counter->tell();
    while (counter->counted() < i)
      std::this_thread::yield();
  }
  pool.stop();
  EXPECT_FALSE(was_idle);
  EXPECT_GE(hook.turns, 100u);
}

// As long as one is at idle work, others have what comes, in whichever queue it is; and what idle
// work wakes is run, too.
TEST(WorkerPool, IdleWorkHoldsUpNobody) {
  constexpr uint64_t kTimes = 50;
  WorkerPool pool(2);
  std::vector<std::shared_ptr<Counter>> counters;
  for (size_t i = 0; i < 6; ++i)
    counters.push_back(std::make_shared<Counter>(pool));
  auto woken = std::make_shared<Counter>(pool);
  auto turns = std::make_shared<Counter>(pool);
  uint64_t turns_told = 0;
  std::atomic<uint64_t> times{0};
  std::atomic<bool> is_idle{false};
  auto all_counted = [&](uint64_t least) {
    return std::all_of(counters.begin(), counters.end(),
                       [&](const auto& counter) { return counter->counted() >= least; });
  };
  Idler hook([&] {
    if (times >= kTimes || is_idle.exchange(true)) return false;
    uint64_t time = ++times;
    while (!all_counted(time))
      std::this_thread::yield();
    woken->tell();
    is_idle = false;
    return true;
  });
  pool.set_turn_observer(hook);
  for (uint64_t time = 1; time <= kTimes; ++time) {
    // When both go to sleep together, neither is idle with the other asleep.
    while (times < time) {
      if (turns->counted() == turns_told) {
        ++turns_told;
        turns->tell();
      }
      std::this_thread::yield();
    }
    for (auto& counter : counters)
      counter->tell();
  }
  while (woken->counted() < kTimes)
    std::this_thread::yield();
  pool.stop();
}

TEST(WorkerPool, LosesNoWakeUpDuringIdleWork) {
  for (size_t workers = 2; workers <= 5; ++workers) {
    WorkerPool pool(workers);
    std::atomic<uint64_t> times{0};
    Idler hook([&] {
      uint64_t time = times.fetch_add(1);
      if (time % 3 == 0) std::this_thread::yield();
      return time % 2 == 0;
    });
    pool.set_turn_observer(hook);
    tell_in_bursts(pool);
    pool.stop();
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

// One that keeps sending itself messages always has more to do; another is asked, and answers.
TEST(WorkerPool, AFloodedActorDoesNotHoldUpAQuietOne) {
  using namespace theater::testing;
  for (size_t workers : {1u, 2u, 4u}) {
    WorkerPool pool(workers);
    ActorHarness harness(pool);
    ActorId flooded = harness.next_id();
    auto flood = harness.component();
    flood.exports(on_message(), [flooded](Play& play) {
      play.call<Done>(kDesk, "send", flooded.to_string(), std::get<0>(play.params<Bytes>()));
      play.finish(play.state());
    });
    harness.add(flood, {.id = flooded});
    auto quiet = harness.component();
    quiet.exports(on_request(), [](Play& play) {
      play.finish(play.state(), std::optional<Bytes>(to_bytes("here")));
    });
    ActorId asked = harness.add(quiet);
    for (int i = 0; i < 100; ++i)
      EXPECT_EQ(harness.send(flooded, "x"), "");
    for (size_t i = 0; i < 50; ++i) {
      uint64_t before = harness.cell(flooded)->status().calls;
      harness.request(asked, "x");
      while (harness.answers().size() == i)
        std::this_thread::yield();
      // And it is not held up itself.
      while (harness.cell(flooded)->status().calls == before)
        std::this_thread::yield();
    }
    for (const ActorId& id : {flooded, asked}) {
      harness.kill(id);
      while (!harness.cell(id)->status().ended)
        std::this_thread::yield();
    }
    pool.stop();
  }
}

// Actors that ask each other from many threads, with some of them ended on the way: every request
// is answered once, and the chains agree.
TEST(WorkerPool, RunsActorsThatTalkWhileOthersEnd) {
  using namespace theater::testing;
  WorkerPool pool(3);
  ActorHarness harness(pool);
  constexpr size_t kActors = 12;
  constexpr size_t kRequests = 600;
  std::vector<ActorId> ids;
  for (size_t i = 0; i < kActors; ++i)
    ids.push_back(harness.next_id());
  for (size_t i = 0; i < kActors; ++i) {
    auto component = harness.component();
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
    harness.add(component, {.id = ids[i]});
  }
  std::vector<std::thread> clients;
  for (size_t client = 0; client < 3; ++client) {
    clients.emplace_back([&, client] {
      for (size_t i = 0; i < kRequests / 3; ++i) {
        harness.request(ids[(i + client) % kActors], "x");
        if (i % 60 == 59) harness.kill(ids[(i / 60 + client * 3) % kActors]);
      }
    });
  }
  for (std::thread& client : clients)
    client.join();
  while (harness.answers().size() < kRequests)
    std::this_thread::yield();
  for (const ActorId& id : ids)
    harness.stop(id);
  for (const ActorId& id : ids) {
    while (!harness.cell(id)->status().ended)
      std::this_thread::yield();
  }
  pool.stop();
  EXPECT_EQ(harness.answers().size(), kRequests);
  EXPECT_EQ(harness.check_chains(), std::nullopt);
}

}  // namespace theater::worker_pool_test
