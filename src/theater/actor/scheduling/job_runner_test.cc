#include "theater/actor/scheduling/job_runner.h"

#include "theater/actor/scheduling/seeded_scheduler.h"

#include <gtest/gtest.h>

#include <latch>
#include <set>
#include <vector>

namespace theater::job_runner_test {

TEST(ThreadJobs, RunWhatIsSubmittedOnThreadsOfTheirOwn) {
  ThreadJobs jobs("jobs", 2, 100);
  std::latch all(50);
  std::atomic<int> foreign{0};
  std::thread::id here = std::this_thread::get_id();
  for (int i = 0; i < 50; ++i) {
    ASSERT_TRUE(jobs.submit([&] {
      if (std::this_thread::get_id() != here) ++foreign;
      all.count_down();
    }));
  }
  all.wait();
  EXPECT_EQ(foreign.load(), 50);
}

TEST(ThreadJobs, RefuseWhatIsPastTheirBoundAndRunTheRestAtTheEnd) {
  std::atomic<int> ran{0};
  {
    ThreadJobs jobs("jobs", 1, 2);
    std::latch running(1);
    std::latch release(1);
    ASSERT_TRUE(jobs.submit([&] {
      running.count_down();
      release.wait();
      ++ran;
    }));
    running.wait();
    EXPECT_TRUE(jobs.submit([&] { ++ran; }));
    EXPECT_TRUE(jobs.submit([&] { ++ran; }));
    EXPECT_FALSE(jobs.submit([&] { ++ran; }));
    release.count_down();
    jobs.stop();
    EXPECT_FALSE(jobs.submit([&] { ++ran; }));
  }
  EXPECT_EQ(ran.load(), 3);
}

TEST(SchedulerJobs, RunInAnOrderThatTheSeedDecides) {
  std::set<std::vector<int>> orders;
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    std::vector<int> first;
    for (int round = 0; round < 2; ++round) {
      SeededScheduler scheduler(seed);
      SchedulerJobs jobs(scheduler, 10);
      std::vector<int> order;
      for (int i = 0; i < 4; ++i)
        EXPECT_TRUE(jobs.submit([&order, i] { order.push_back(i); }));
      EXPECT_TRUE(order.empty());
      jobs.stop();
      EXPECT_EQ(order.size(), 4u);
      EXPECT_TRUE(round == 0 || order == first);
      first = order;
    }
    orders.insert(first);
  }
  EXPECT_GT(orders.size(), 1u);
}

TEST(SchedulerJobs, RefuseWhatIsPastTheirBound) {
  SeededScheduler scheduler(1);
  SchedulerJobs jobs(scheduler, 1);
  int ran = 0;
  EXPECT_TRUE(jobs.submit([&] { ++ran; }));
  EXPECT_FALSE(jobs.submit([&] { ++ran; }));
  jobs.stop();
  EXPECT_EQ(ran, 1);
  EXPECT_FALSE(jobs.submit([&] { ++ran; }));
}

}  // namespace theater::job_runner_test
