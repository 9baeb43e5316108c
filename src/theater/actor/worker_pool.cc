#include "theater/actor/worker_pool.h"

#include "theater/base/check.h"

#include <utility>

namespace theater {

WorkerPool::WorkerPool(size_t workers) {
  THEATER_CHECK(workers > 0);
  threads_.reserve(workers);
  for (size_t i = 0; i < workers; ++i)
    threads_.emplace_back([this] { work(); });
}

WorkerPool::~WorkerPool() {
  stop();
}

void WorkerPool::enqueue(std::shared_ptr<Task> task) {
  bool someone_sleeps = queue_.with([&](Queue& queue) {
    // A refused task is destroyed by the caller, outside the lock.
    if (!queue.stopping) queue.tasks.push_back(std::move(task));
    return queue.asleep > 0;
  });
  // An awake worker looks at the queue again before it sleeps.
  if (someone_sleeps) queue_.notify_one();
}

void WorkerPool::drive(const std::function<bool()>&) {}

void WorkerPool::stop() {
  queue_.with([](Queue& queue) { queue.stopping = true; });
  queue_.notify_all();
  for (std::thread& thread : threads_) {
    if (thread.joinable()) thread.join();
  }
  auto dropped = queue_.with([](Queue& queue) { return std::exchange(queue.tasks, {}); });
}

void WorkerPool::work() {
  while (true) {
    std::shared_ptr<Task> task = queue_.with([](Queue& queue) {
      std::shared_ptr<Task> next;
      if (!queue.stopping && !queue.tasks.empty()) {
        next = std::move(queue.tasks.front());
        queue.tasks.pop_front();
      } else {
        ++queue.asleep;
      }
      return next;
    });
    if (!task) {
      bool stopping =
          queue_.wait([](const Queue& queue) { return queue.stopping || !queue.tasks.empty(); },
                      [](Queue& queue) {
                        --queue.asleep;
                        return queue.stopping;
                      });
      if (stopping) return;
      continue;
    }
    task->run();
  }
}

}  // namespace theater
