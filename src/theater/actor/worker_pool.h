// The scheduler of a running node: threads that take tasks from one queue, in order.
#pragma once

#include "theater/actor/scheduler.h"
#include "theater/base/guarded.h"

#include <deque>
#include <memory>
#include <thread>
#include <vector>

namespace theater {

// Safe from any thread; `stop` and the destructor only from outside the workers.
class WorkerPool final : public Scheduler {
 public:
  // `workers` is at least 1.
  explicit WorkerPool(size_t workers);
  ~WorkerPool() override;

  void enqueue(std::shared_ptr<Task> task) override;
  void drive(const std::function<bool()>& ready) override;
  void stop() override;

 private:
  struct Queue {
    std::deque<std::shared_ptr<Task>> tasks;
    size_t asleep = 0;
    bool stopping = false;
  };

  void work();

  Guarded<Queue> queue_;
  std::vector<std::thread> threads_;
};

}  // namespace theater
