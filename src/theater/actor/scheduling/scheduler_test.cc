#include "theater/actor/scheduling/scheduler.h"

#include "theater/actor/scheduling/seeded_scheduler.h"
#include "theater/actor/scheduling/worker_pool.h"

#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <memory>
#include <thread>
#include <utility>
#include <vector>

namespace theater::scheduler_test {

// Counts its turns; in each it does what the test wants.
class Probe final : public Task {
 public:
  enum class Then : uint8_t { kPark, kMore, kSpent };

  Probe(Scheduler& scheduler, std::function<Then(Probe&)> turn)
      : Task(scheduler), turn_(std::move(turn)) {}

  uint64_t turns() const { return turns_.load(); }

 private:
  Turn take_turn() override {
    EXPECT_FALSE(running_.exchange(true)) << "two workers run one task";
    turns_.fetch_add(1);
    Then then = turn_(*this);
    running_.store(false);
    if (then == Then::kPark) return Turn::kParked;
    return then == Then::kMore ? Turn::kMore : Turn::kSpent;
  }

  std::function<Then(Probe&)> turn_;
  std::atomic<bool> running_{false};
  std::atomic<uint64_t> turns_{0};
};

using Then = Probe::Then;

// What holds for every scheduler.
struct AnyScheduler {
  std::string name;
  std::function<std::unique_ptr<Scheduler>()> make;
};

class SchedulerTest : public ::testing::TestWithParam<AnyScheduler> {
 protected:
  std::shared_ptr<Probe> probe(std::function<Then(Probe&)> turn) {
    return std::make_shared<Probe>(*scheduler, std::move(turn));
  }

  void wait_until(const std::function<bool()>& ready) {
    scheduler->run_until(ready);
    while (!ready())
      std::this_thread::yield();
  }

  // Waits until what was woken before has had its turns.
  void settle() {
    auto last = probe([](Probe&) { return Then::kPark; });
    last->wake();
    wait_until([&] { return last->turns() == 1; });
  }

  std::unique_ptr<Scheduler> scheduler = GetParam().make();
};

TEST_P(SchedulerTest, AWakeDuringATurnLeadsToAnother) {
  auto woken = probe([](Probe& self) {
    if (self.turns() == 1) {
      self.wake();
      self.wake();
    }
    return Then::kPark;
  });
  woken->wake();
  wait_until([&] { return woken->turns() == 2; });
  woken->wake();
  wait_until([&] { return woken->turns() == 3; });
  scheduler->stop();
  EXPECT_EQ(woken->turns(), 3u);
}

TEST_P(SchedulerTest, ATaskWithMoreToDoComesBack) {
  for (Then then : {Then::kMore, Then::kSpent}) {
    auto task = probe([then](Probe& self) { return self.turns() < 50 ? then : Then::kPark; });
    task->wake();
    wait_until([&] { return task->turns() == 50; });
  }
}

TEST_P(SchedulerTest, OneThatAlwaysHasMoreDoesNotHoldUpOthers) {
  for (Then then : {Then::kMore, Then::kSpent}) {
    std::atomic<bool> over{false};
    std::vector<std::shared_ptr<Probe>> busy;
    for (int i = 0; i < 8; ++i) {
      busy.push_back(probe([&over, then](Probe&) { return over ? Then::kPark : then; }));
      busy.back()->wake();
    }
    for (int i = 0; i < 20; ++i)
      settle();
    // Nor do they hold up each other.
    for (const auto& task : busy) {
      uint64_t turns = task->turns();
      wait_until([&] { return task->turns() > turns + 10; });
    }
    over = true;
    // Their last turns, before `over` goes.
    for (const auto& task : busy) {
      uint64_t turns = task->turns();
      task->wake();
      wait_until([&] { return task->turns() > turns; });
    }
  }
  scheduler->stop();
}

TEST_P(SchedulerTest, WhatIsSpentIsReachedWhileOthersAlwaysHaveMore) {
  std::atomic<bool> over{false};
  std::vector<std::shared_ptr<Probe>> flooded;
  for (int i = 0; i < 8; ++i) {
    flooded.push_back(probe([&](Probe&) { return over ? Then::kPark : Then::kMore; }));
    flooded.back()->wake();
  }
  auto spinner = probe([&](Probe&) { return over ? Then::kPark : Then::kSpent; });
  spinner->wake();
  wait_until([&] { return spinner->turns() > 5; });
  over = true;
  scheduler->stop();
}

// Each tells the next, all around a ring of tasks, many times.
TEST_P(SchedulerTest, LosesNoWakeUpAmongTasks) {
  constexpr size_t kTasks = 16;
  constexpr uint64_t kRounds = 500;
  std::vector<std::shared_ptr<Probe>> tasks(kTasks);
  for (size_t i = 0; i < kTasks; ++i) {
    tasks[i] = probe([&tasks, i](Probe& self) {
      if (i + 1 < kTasks || self.turns() < kRounds) tasks[(i + 1) % kTasks]->wake();
      return Then::kPark;
    });
  }
  tasks[0]->wake();
  wait_until([&] { return tasks[kTasks - 1]->turns() == kRounds; });
  scheduler->stop();
}

TEST_P(SchedulerTest, AfterItsStopTasksAreDropped) {
  auto held = probe([](Probe&) { return Then::kMore; });
  held->wake();
  scheduler->stop();
  uint64_t turns = held->turns();
  EXPECT_EQ(held.use_count(), 1);
  auto late = probe([](Probe&) { return Then::kPark; });
  late->wake();
  EXPECT_EQ(late.use_count(), 1);
  EXPECT_EQ(late->turns(), 0u);
  EXPECT_EQ(held->turns(), turns);
}

// Wakes a task when it goes.
struct LastWords {
  explicit LastWords(std::shared_ptr<Probe> whom) : to(std::move(whom)) {}
  ~LastWords() { to->wake(); }
  std::shared_ptr<Probe> to;
};

// Tasks whose end wakes others, as an actor's does, are dropped without harm.
TEST_P(SchedulerTest, ADroppedTaskMayWakeAnother) {
  auto other = probe([](Probe&) { return Then::kPark; });
  auto at_the_end = std::make_shared<LastWords>(other);
  auto held = probe([at_the_end](Probe&) { return Then::kMore; });
  held->wake();
  held.reset();
  at_the_end.reset();
  scheduler->stop();
  EXPECT_EQ(other.use_count(), 1);
}

std::vector<AnyScheduler> all_schedulers() {
  std::vector<AnyScheduler> all;
  for (size_t workers : {1u, 2u, 4u}) {
    all.push_back({"Workers" + std::to_string(workers),
                   [workers] { return std::make_unique<WorkerPool>(workers); }});
  }
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    all.push_back({"Seed" + std::to_string(seed),
                   [seed] { return std::make_unique<SeededScheduler>(seed); }});
  }
  return all;
}

INSTANTIATE_TEST_SUITE_P(All, SchedulerTest, ::testing::ValuesIn(all_schedulers()),
                         [](const auto& scheduler) { return scheduler.param.name; });

TEST(SeededScheduler, AQueuedTaskIsNotQueuedAgain) {
  SeededScheduler scheduler(1);
  auto probe = std::make_shared<Probe>(scheduler, [](Probe&) { return Then::kPark; });
  for (int i = 0; i < 5; ++i)
    probe->wake();
  EXPECT_EQ(scheduler.queued(), 1u);
  scheduler.run();
  EXPECT_EQ(probe->turns(), 1u);
}

}  // namespace theater::scheduler_test
