// The scheduler of a running node: threads, each with a queue of its own.
//
// Queues. A task that a worker wakes goes to the end of that worker's queue, so actors that talk to
// each other stay on one worker. A task that another thread wakes goes to a sleeping worker, or
// else to each worker in turn. A task that has used up its slice of time goes to the background,
// which is one queue for all workers.
//
// Order. A worker takes the oldest task of its own queue. If that is empty, it steals the older
// half of another worker's queue. If no worker has spare tasks, it takes the oldest of the
// background. But the background has a right to half of the time. When a worker's last background
// turn is a slice or longer ago, its next turn is a background turn, whatever waits. So guests that
// spin take turns among themselves, in order. Each other task waits for at most one background turn
// until the workers have a slice for it. A queue that never becomes empty cannot hold up the
// background. Every turn is bounded and every queue is in order, so each task gets its turn.
// promote() takes a task with urgent work, such as its end, out of the background for one turn.
//
// Sleep. A worker does not sleep while its own queue, the background, or the spare part of another
// queue has a task. The first task in a worker's queue is not spare, unless that worker runs a
// background task: the worker takes it in a moment, and actors often wake each other in turn.
//
// Idle work. The work after a turn (TurnObserver) may take a while if the worker has no other task,
// but only while another worker sleeps, which can be woken for new tasks. Meanwhile all tasks in
// the worker's own queue are spare. So a pool of one worker does no idle work.
//
// Wake-ups are not lost. `asleep_` has a bit for each worker that sleeps or is about to. A thread
// that queues a task first writes the queue's size and then reads `asleep_`. A worker that goes to
// sleep first sets its bit and then reads the sizes. All four accesses are sequentially consistent,
// so at least one side sees what the other wrote. One thread clears a bit: the worker itself, which
// then continues, or another thread, which then owes the worker an unpark() for which it waits.
// A worker needs no notice of a task in its own queue, where it looks before it sleeps. Other
// workers are woken for spare tasks one at a time: while a woken worker still looks for a task, no
// other is woken. It counts in `searching_` until it has found a task or has set its bit. After it
// has left the count it looks at all sizes once more, and so sees each task that was queued while
// it counted.
#pragma once

#include "theater/actor/scheduling/parker.h"
#include "theater/actor/scheduling/scheduler.h"
#include "theater/actor/scheduling/task_queue.h"
#include "theater/base/guarded.h"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <thread>
#include <vector>

namespace theater {

// Safe from any thread, except `stop` and the destructor: no worker may call those.
class WorkerPool final : public Scheduler {
 public:
  static constexpr size_t kWorkersMax = 64;

  // `workers` is at least 1 and at most kWorkersMax.
  explicit WorkerPool(size_t workers);
  ~WorkerPool() override;

  void enqueue(std::shared_ptr<Task> task, Lane lane) override;
  void promote(Task& task) override;
  void set_turn_observer(TurnObserver& hook) override;
  void run_until(const std::function<bool()>& ready) override;
  void stop() override;

 private:
  struct Queue {
    TaskQueue tasks;
    bool closed = false;  // Drops new tasks.
  };
  // A queue whose size any thread may read without the lock. Writers hold the lock.
  struct Shared {
    Guarded<Queue> queue;
    std::atomic<size_t> size{0};
  };
  // The work of a worker. All but kPrompt takes a while, and then its whole queue is spare.
  enum class WorkerState : uint8_t { kPrompt, kBackground, kIdleWork };
  struct alignas(64) Worker {
    uint64_t bit = 0;  // In asleep_.
    Shared own;
    std::atomic<WorkerState> state{WorkerState::kPrompt};
    Parker rest;
    std::thread thread;
    // Only the worker's thread uses the rest.
    bool searching = false;
    std::chrono::nanoseconds background_due{0};
  };

  static size_t push(Shared& shared, std::shared_ptr<Task> task);
  bool push_to_background(std::shared_ptr<Task>& task);
  static std::shared_ptr<Task> pop(Shared& shared);
  static size_t stealable(const Worker& worker);

  void work(Worker& me);
  void sleep(Worker& me);
  bool settle(Worker& me);
  std::shared_ptr<Task> next(Worker& me);
  std::shared_ptr<Task> steal(Worker& me);
  std::shared_ptr<Task> take_background(Worker& me);
  bool has_task_for(const Worker& me) const;

  Worker& choose();
  bool unpark(Worker& worker);
  void unpark_one();
  void end_search(Worker& me);

  std::vector<std::unique_ptr<Worker>> workers_;
  std::atomic<TurnObserver*> hook_{nullptr};
  Shared background_;
  std::atomic<uint64_t> asleep_{0};
  std::atomic<size_t> searching_{0};
  std::atomic<size_t> chosen_{0};
  std::atomic<bool> stopping_{false};
};

}  // namespace theater
