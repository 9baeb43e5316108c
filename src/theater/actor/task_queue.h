// Tasks in the order in which they came, linked through themselves: nothing is allocated.
#pragma once

#include "theater/actor/scheduler.h"

#include <cstddef>
#include <memory>
#include <utility>

namespace theater {

// Not thread-safe. A task is in one queue at a time.
class TaskQueue {
 public:
  TaskQueue() = default;
  TaskQueue(const TaskQueue&) = delete;
  TaskQueue& operator=(const TaskQueue&) = delete;
  // One after the other: a chain that ends by itself would end each task inside the one before.
  ~TaskQueue() {
    while (pop()) {
    }
  }

  void push(std::shared_ptr<Task> task) {
    Task* newest = task.get();
    (newest_ == nullptr ? oldest_ : newest_->next_) = std::move(task);
    newest_ = newest;
    ++size_;
  }

  // The oldest; null if there is none.
  std::shared_ptr<Task> pop() {
    if (!oldest_) return nullptr;
    std::shared_ptr<Task> task = std::move(oldest_);
    oldest_ = std::move(task->next_);
    if (!oldest_) newest_ = nullptr;
    --size_;
    return task;
  }

  // Moves the `count` oldest, or all if there are fewer, to the end of `to`.
  void move_oldest(size_t count, TaskQueue& to) {
    for (; count > 0 && oldest_; --count)
      to.push(pop());
  }

  size_t size() const { return size_; }

 private:
  std::shared_ptr<Task> oldest_;
  Task* newest_ = nullptr;
  size_t size_ = 0;
};

}  // namespace theater
