#include "theater/actor/scheduling/job_runner.h"

#include "theater/base/thread_name.h"

#include <memory>
#include <optional>
#include <utility>

namespace theater {

ThreadJobs::ThreadJobs(const std::string& name, size_t threads, size_t queued_max)
    : queued_max_(queued_max) {
  for (size_t i = 0; i < threads; ++i) {
    threads_.emplace_back([this, name] {
      name_this_thread(name);
      work();
    });
  }
}

ThreadJobs::~ThreadJobs() {
  stop();
}

bool ThreadJobs::submit(Job job) {
  bool taken = queue_.with([&](Queue& queue) {
    if (queue.stopping || queue.jobs.size() >= queued_max_) return false;
    queue.jobs.push_back(std::move(job));
    return true;
  });
  if (taken) queue_.notify_one();
  return taken;
}

void ThreadJobs::stop() {
  queue_.with([](Queue& queue) { queue.stopping = true; });
  queue_.notify_all();
  for (std::thread& thread : std::exchange(threads_, {}))
    thread.join();
}

void ThreadJobs::work() {
  for (;;) {
    std::optional<Job> job =
        queue_.wait([](const Queue& queue) { return queue.stopping || !queue.jobs.empty(); },
                    [](Queue& queue) -> std::optional<Job> {
                      if (queue.jobs.empty()) return std::nullopt;
                      Job next = std::move(queue.jobs.front());
                      queue.jobs.pop_front();
                      return next;
                    });
    if (!job) return;
    (*job)();
  }
}

namespace {

class JobTask final : public Task {
 public:
  JobTask(Scheduler& scheduler, JobRunner::Job job) : Task(scheduler), job_(std::move(job)) {}

 protected:
  Turn take_turn() override {
    if (auto job = std::exchange(job_, nullptr)) job();
    return Turn::kParked;
  }

 private:
  JobRunner::Job job_;
};

}  // namespace

bool SchedulerJobs::submit(Job job) {
  if (stopping_.load()) return false;
  if (queued_.fetch_add(1) >= queued_max_) {
    queued_.fetch_sub(1);
    return false;
  }
  auto task = std::make_shared<JobTask>(scheduler_, [this, job = std::move(job)] {
    job();
    queued_.fetch_sub(1);
  });
  task->wake();
  return true;
}

void SchedulerJobs::stop() {
  stopping_.store(true);
  scheduler_.run_until([this] { return queued_.load() == 0; });
}

}  // namespace theater
