// The scheduler of tests: one thread, and an order that a seed decides.
//
// Every order of turns that workers could produce is some seed's order. The same seed gives the
// same order, so a failing seed is a whole bug report.
#pragma once

#include "theater/actor/scheduler.h"
#include "theater/base/random.h"

#include <memory>
#include <vector>

namespace theater {

// Not thread-safe: everything happens on the thread that calls `step`, `run` or `drive`.
class SeededScheduler final : public Scheduler {
 public:
  explicit SeededScheduler(uint64_t seed) : random_(seed) {}

  void enqueue(std::shared_ptr<Task> task) override;
  void drive(const std::function<bool()>& ready) override;
  void stop() override;

  // Runs one queued task, chosen by the seed. False if there is none.
  bool step();

  // Steps until no task is queued or `turns_max` turns were taken; returns how many were. Tasks
  // that always have more to do keep it going until then.
  size_t run(size_t turns_max = 1'000'000);

  size_t queued() const { return tasks_.size(); }

 private:
  SeededRandom random_;
  std::vector<std::shared_ptr<Task>> tasks_;
  bool stopped_ = false;
};

}  // namespace theater
