// How a test lets its actors run, on either scheduler.
//
// Nothing runs outside of `run`, so a test may look at its actors between two calls of it, and what
// it sends them between two calls is there before the first turn of the next.
#pragma once

#include "theater/actor/scheduling/scheduler.h"
#include "theater/actor/scheduling/seeded_scheduler.h"
#include "theater/actor/scheduling/worker_pool.h"
#include "theater/base/guarded.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

namespace theater::testing {

class ActorTurns {
 public:
  virtual ~ActorTurns() = default;

  // Until there is nothing to do. Does not return while a guest spins.
  virtual void run() = 0;
  // For so many turns, or until there is nothing to do. Returns the number of turns, which is a few
  // more on several workers.
  virtual size_t run(size_t turns_max) = 0;
};

// One thread, in an order that a seed decides; timers run too. For the thread of the test.
class SeededTurns final : public ActorTurns {
 public:
  explicit SeededTurns(SeededScheduler& scheduler) : scheduler_(scheduler) {}

  void run() override { scheduler_.run(); }
  size_t run(size_t turns_max) override { return scheduler_.run(turns_max); }

 private:
  SeededScheduler& scheduler_;
};

// Workers, whose pool gets its tasks during `run` alone. Timers of the actors go by the real time,
// and `run` does not wait for them. Safe from any thread, but `run`, `run_until` and `stop` are for
// the thread of the test.
class PooledTurns final : public Scheduler, public ActorTurns, private TurnObserver {
 public:
  explicit PooledTurns(size_t workers) : pool_(workers) { pool_.set_turn_observer(*this); }

  void run() override { (void)run(SIZE_MAX); }
  size_t run(size_t turns_max) override;

  void enqueue(std::shared_ptr<Task> task, Lane lane) override;
  void promote(Task& task) override { pool_.promote(task); }
  void set_turn_observer(TurnObserver& hook) override { hook_ = &hook; }
  // Runs until there is nothing to do. If it is not ready then, its caller waits for something
  // else, a timer perhaps, and the workers continue until the next `run`.
  void run_until(const std::function<bool()>& ready) override;
  void stop() override;

 private:
  using Queued = std::pair<std::shared_ptr<Task>, Lane>;
  struct State {
    bool is_running = false;   // The pool gets every task.
    std::vector<Queued> held;  // For the next `run`.
    size_t busy = 0;           // Tasks of the pool whose turn is not over.
    size_t turns = 0;
  };

  void before() override;
  bool after(Worker worker) override;
  void run_once(size_t turns_max);
  // From here on the pool gets every task.
  void open();

  Guarded<State> state_;
  TurnObserver* hook_ = nullptr;
  WorkerPool pool_;  // Destroyed first, since its workers call this object.
};

}  // namespace theater::testing
