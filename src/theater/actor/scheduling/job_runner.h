// Runs jobs that block: reading and writing files, compiling, putting contents into the blobs.
//
// A worker that ran such a job would keep its other actors waiting. A node has a few threads for
// jobs, with a bounded queue before them. With a seeded scheduler the jobs are turns among others,
// so that the seed decides their order too.
#pragma once

#include "theater/actor/scheduling/scheduler.h"
#include "theater/base/guarded.h"

#include <atomic>
#include <cstddef>
#include <deque>
#include <functional>
#include <string>
#include <thread>
#include <vector>

namespace theater {

// Safe from any thread, except `stop`.
class JobRunner {
 public:
  using Job = std::function<void()>;

  virtual ~JobRunner() = default;

  // Runs `job` once, later. False if there is no room or it was stopped; the job is never run then.
  // Never blocks.
  virtual bool submit(Job job) = 0;

  // Runs what was submitted, and takes nothing more. From one thread, which is no worker and runs
  // no job.
  virtual void stop() = 0;
};

// Threads that take jobs from one queue, in order.
class ThreadJobs final : public JobRunner {
 public:
  // The threads have the name. `threads` is at least 1. At most `queued_max` jobs wait.
  ThreadJobs(const std::string& name, size_t threads, size_t queued_max);
  // stop().
  ~ThreadJobs() override;

  bool submit(Job job) override;
  void stop() override;

 private:
  struct Queue {
    std::deque<Job> jobs;
    bool stopping = false;
  };

  void work();

  size_t queued_max_;
  Guarded<Queue> queue_;
  std::vector<std::thread> threads_;
};

// Jobs as tasks of a scheduler that borrows the thread of a waiting caller (Scheduler::run_until).
class SchedulerJobs final : public JobRunner {
 public:
  SchedulerJobs(Scheduler& scheduler, size_t queued_max)
      : scheduler_(scheduler), queued_max_(queued_max) {}

  bool submit(Job job) override;
  void stop() override;

 private:
  Scheduler& scheduler_;
  size_t queued_max_;
  std::atomic<size_t> queued_{0};
  std::atomic<bool> stopping_{false};
};

}  // namespace theater
