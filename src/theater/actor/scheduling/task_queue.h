// Tasks in the order in which they came, linked through themselves: nothing is allocated.
#pragma once

#include "theater/actor/scheduling/scheduler.h"

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
    newest->in_.store(this, std::memory_order_relaxed);
    newest->previous_ = newest_;
    link_after(newest_) = std::move(task);
    newest_ = newest;
    ++size_;
  }

  // The oldest; null if there is none.
  std::shared_ptr<Task> pop() { return oldest_ ? take(*oldest_) : nullptr; }

  // Takes out `task`; null if it is not in this queue.
  std::shared_ptr<Task> remove(Task& task) {
    return task.in_.load(std::memory_order_relaxed) == this ? take(task) : nullptr;
  }

  // Moves the `count` oldest, or all if there are fewer, to the end of `to`.
  void move_oldest(size_t count, TaskQueue& to) {
    for (; count > 0 && oldest_; --count)
      to.push(pop());
  }

  size_t size() const { return size_; }

 private:
  std::shared_ptr<Task>& link_after(Task* task) { return task == nullptr ? oldest_ : task->next_; }

  std::shared_ptr<Task> take(Task& task) {
    std::shared_ptr<Task>& link = link_after(task.previous_);
    std::shared_ptr<Task> taken = std::move(link);
    link = std::move(task.next_);
    (link ? link->previous_ : newest_) = task.previous_;
    task.in_.store(nullptr, std::memory_order_relaxed);
    --size_;
    return taken;
  }

  std::shared_ptr<Task> oldest_;
  Task* newest_ = nullptr;
  size_t size_ = 0;
};

}  // namespace theater
