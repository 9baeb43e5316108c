#include "theater/actor/scheduling/timers.h"

#include "theater/actor/scheduling/seeded_scheduler.h"
#include "theater/actor/scheduling/thread_timers.h"
#include "theater/actor/scheduling/timer_heap.h"
#include "theater/base/random.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <map>
#include <memory>
#include <thread>
#include <utility>
#include <vector>

namespace theater::timers_test {

using std::chrono::microseconds;
using std::chrono::nanoseconds;

// Against a map, under random adding, removing and taking.
TEST(TimerHeap, TakesWhatIsDueFirst) {
  SeededRandom random(uint64_t{5});
  TimerHeap heap;
  std::map<std::pair<nanoseconds, uint64_t>, TimerHeap::Id> model;
  uint64_t taken = 0;
  for (uint64_t i = 0; i < 20'000; ++i) {
    uint64_t what = random.below(10);
    if (what < 5) {
      nanoseconds due(random.below(1'000));
      model.emplace(std::pair(due, i), heap.add(due, [&taken, i] { taken = i; }));
    } else if (what < 8 && !model.empty()) {
      auto victim = model.begin();
      std::advance(victim, random.below(model.size()));
      auto then = heap.remove(victim->second);
      ASSERT_TRUE(then);
      then();
      EXPECT_EQ(taken, victim->first.second);
      EXPECT_FALSE(heap.remove(victim->second)) << "it is taken once";
      model.erase(victim);
    } else if (!model.empty()) {
      EXPECT_EQ(heap.next_due(), model.begin()->first.first);
      heap.pop()();
      ASSERT_EQ(taken, model.begin()->first.second);
      model.erase(model.begin());
    }
    ASSERT_EQ(heap.size(), model.size());
  }
}

TEST(TimerHeap, AnOldIdDoesNotNameTheNextTimerInItsPlace) {
  TimerHeap heap;
  TimerHeap::Id old = heap.add(nanoseconds(1), [] {});
  heap.pop();
  TimerHeap::Id fresh = heap.add(nanoseconds(1), [] {});
  EXPECT_NE(old, fresh);
  EXPECT_FALSE(heap.remove(old));
  EXPECT_FALSE(heap.remove(0));
  EXPECT_EQ(heap.size(), 1u);
}

TEST(SeededTimers, MoveTheClockWhenNothingIsQueued) {
  SeededScheduler scheduler(1);
  std::vector<int> calls;
  nanoseconds before = scheduler.clock().monotonic();
  scheduler.after(microseconds(300), [&] { calls.push_back(3); });
  scheduler.after(microseconds(100), [&] {
    calls.push_back(1);
    scheduler.after(microseconds(100), [&] { calls.push_back(2); });
  });
  auto cancelled = scheduler.after(microseconds(200), [&] { calls.push_back(9); });
  scheduler.cancel(cancelled);
  scheduler.cancel(cancelled);
  EXPECT_EQ(scheduler.run_now(), 0u) << "the clock stands still";
  EXPECT_EQ(scheduler.run(), 3u);
  EXPECT_EQ(calls, (std::vector<int>{1, 2, 3}));
  EXPECT_EQ(scheduler.clock().monotonic() - before, microseconds(300));
}

TEST(SeededTimers, WhatIsDueIsCalledWithoutMovingTheClock) {
  SeededScheduler scheduler(1);
  int calls = 0;
  scheduler.after(microseconds(100), [&] { ++calls; });
  scheduler.clock().advance(microseconds(100));
  EXPECT_EQ(scheduler.run_now(), 1u);
  EXPECT_EQ(calls, 1);
}

// Takes a few turns.
class Busy final : public Task {
 public:
  explicit Busy(Scheduler& scheduler) : Task(scheduler) {}
  int left = 20;

 private:
  Turn take_turn() override { return --left > 0 ? Turn::kMore : Turn::kParked; }
};

TEST(SeededTimers, SomeSeedsCallATimerBeforeTasksAndSomeAfter) {
  bool early = false;
  bool late = false;
  for (uint64_t seed = 0; seed < 100; ++seed) {
    SeededScheduler scheduler(seed);
    auto busy = std::make_shared<Busy>(scheduler);
    busy->wake();
    scheduler.after(microseconds(100), [&] { (busy->left > 0 ? early : late) = true; });
    scheduler.run();
    EXPECT_EQ(busy->left, 0);
  }
  EXPECT_TRUE(early);
  EXPECT_TRUE(late);
}

TEST(SeededTimers, StoppingDropsThem) {
  SeededScheduler scheduler(1);
  auto held = std::make_shared<int>(0);
  scheduler.after(microseconds(1), [held] { ++*held; });
  scheduler.stop();
  scheduler.after(microseconds(1), [held] { ++*held; });
  EXPECT_EQ(scheduler.run(), 0u);
  EXPECT_EQ(held.use_count(), 1);
}

template <class Ready>
void wait_until(const Ready& ready) {
  while (!ready())
    std::this_thread::yield();
}

// When a timer is due is known to within the time that setting it took.
TEST(ThreadTimers, CallInTheOrderInWhichTheyAreDue) {
  using Clock = std::chrono::steady_clock;
  struct Due {
    Clock::time_point earliest;
    Clock::time_point latest;
  };
  constexpr size_t kTimers = 30;
  std::vector<Due> due(kTimers);
  std::vector<size_t> calls;  // Only the thread of the timers writes it until `done` says so.
  std::atomic<size_t> done{0};
  ThreadTimers timers;
  for (size_t i = 0; i < kTimers; ++i) {
    // Every third is overdue at once, the others come sooner the later they are set.
    microseconds delay(i % 3 == 0 ? -5 : 20'000 - static_cast<int>(i) * 500);
    due[i].earliest = Clock::now() + std::max(delay, microseconds(0));
    timers.after(delay, [&, i] {
      calls.push_back(i);
      done.fetch_add(1);
    });
    due[i].latest = Clock::now() + std::max(delay, microseconds(0));
  }
  wait_until([&] { return done.load() == kTimers; });
  for (size_t i = 0; i < kTimers; ++i) {
    for (size_t later = i + 1; later < kTimers; ++later) {
      bool wrong = due[calls[later]].latest < due[calls[i]].earliest;
      EXPECT_FALSE(wrong) << calls[i] << " was called before " << calls[later];
    }
  }
}

TEST(ThreadTimers, NotBeforeTheDelay) {
  ThreadTimers timers;
  std::atomic<bool> called{false};
  auto start = std::chrono::steady_clock::now();
  std::atomic<int64_t> took_us{0};
  timers.after(microseconds(2'000), [&] {
    took_us =
        std::chrono::duration_cast<microseconds>(std::chrono::steady_clock::now() - start).count();
    called = true;
  });
  wait_until([&] { return called.load(); });
  EXPECT_GE(took_us.load(), 2'000);
}

TEST(ThreadTimers, CancellingFreesWhatItHeld) {
  ThreadTimers timers;
  auto held = std::make_shared<int>(0);
  auto id = timers.after(std::chrono::hours(1), [held] { ++*held; });
  EXPECT_EQ(held.use_count(), 2);
  timers.cancel(id);
  EXPECT_EQ(held.use_count(), 1);
  EXPECT_EQ(timers.waiting(), 0u);
  timers.cancel(id);
  timers.cancel(0);
}

TEST(ThreadTimers, TheEndDropsTheRest) {
  auto held = std::make_shared<int>(0);
  {
    ThreadTimers timers;
    for (int i = 0; i < 100'000; ++i)
      timers.after(std::chrono::hours(1) + microseconds(i), [held] { ++*held; });
    EXPECT_EQ(timers.waiting(), 100'000u);
  }
  EXPECT_EQ(*held, 0);
  EXPECT_EQ(held.use_count(), 1);
}

// Each is either called once or, when cancelled in time, never.
TEST(ThreadTimers, RaceWithCancelling) {
  constexpr size_t kThreads = 3;
  constexpr size_t kEach = 3'000;
  std::vector<std::atomic<int>> calls(kThreads * kEach);
  {
    ThreadTimers timers;
    std::vector<std::thread> threads;
    for (size_t thread = 0; thread < kThreads; ++thread) {
      threads.emplace_back([&, thread] {
        for (size_t i = 0; i < kEach; ++i) {
          auto& mine = calls[thread * kEach + i];
          auto id = timers.after(microseconds(i % 50), [&mine] { mine.fetch_add(1); });
          if (i % 3 == 0) timers.cancel(id);
        }
      });
    }
    for (std::thread& thread : threads)
      thread.join();
    wait_until([&] { return timers.waiting() == 0; });
  }
  for (size_t i = 0; i < calls.size(); ++i) {
    EXPECT_LE(calls[i].load(), 1);
    if (i % kEach % 3 != 0) {
      EXPECT_EQ(calls[i].load(), 1);
    }
  }
}

}  // namespace theater::timers_test
