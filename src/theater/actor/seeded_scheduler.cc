#include "theater/actor/seeded_scheduler.h"

#include <utility>

namespace theater {

void SeededScheduler::enqueue(std::shared_ptr<Task> task) {
  if (!stopped_) tasks_.push_back(std::move(task));
}

bool SeededScheduler::step() {
  if (tasks_.empty()) return false;
  std::swap(tasks_[random_.below(tasks_.size())], tasks_.back());
  std::shared_ptr<Task> task = std::move(tasks_.back());
  tasks_.pop_back();
  task->run();
  return true;
}

size_t SeededScheduler::run(size_t turns_max) {
  size_t turns = 0;
  while (turns < turns_max && step())
    ++turns;
  return turns;
}

void SeededScheduler::drive(const std::function<bool()>& ready) {
  while (!ready() && step()) {
  }
}

void SeededScheduler::stop() {
  stopped_ = true;
  auto dropped = std::exchange(tasks_, {});
}

}  // namespace theater
