// The scheduler of a running node: threads, each with a queue of its own.
//
// Where a task waits. A task that a worker wakes goes to the end of that worker's queue, so actors
// that talk stay together and nobody else is disturbed; one that is woken from outside goes to a
// worker that sleeps, or else to each worker in turn. A task that has used up its slice of time
// goes to the background, one queue for all workers.
//
// Who is next. A worker takes the oldest of its queue; if that is empty, the older half of another
// worker's; if there is none, the oldest of the background. But background tasks have a right to
// half of the time: when as long as a slice has gone by since a worker's last turn for one, the
// next turn is for one, whatever waits. So guests that spin take turns among themselves, in order;
// all others, however many there are, wait for one such turn at most until a slice is theirs; and a
// queue that never becomes empty holds up nobody in the background. As every turn is bounded and
// every queue is in order, each queued task is reached. One that somebody has something urgent for,
// its end perhaps, leaves the background for one turn, however many spin there.
//
// Sleep. No worker sleeps while its own queue, the background, or the spare part of another's
// queue has a task. The first task in a worker's queue is not spare, unless that worker is at a
// background task: it is taken in a moment, and often by actors that wake each other in turn.
//
// Idle work. What has to be done after a turn may take a while if the worker has no other task, but
// only while another sleeps, who can be roused for what comes meanwhile: all that is in the
// worker's own queue is spare as long as this lasts. So a pool of one worker does none.
//
// No wake-up is lost. `asleep_` has a bit for each worker that sleeps or is about to. Whoever
// queues a task first writes the queue's size and then reads `asleep_`; whoever goes to sleep first
// sets its bit and then reads the sizes; all four are sequentially consistent, so at least one sees
// what the other wrote. A bit is cleared by one thread only: the worker itself, which then goes on,
// or somebody else, who then owes it a rousing, for which the worker waits.
// Of a task in its own queue a worker needs no notice: it looks there before it sleeps. Others are
// roused for spare tasks one at a time: while a roused worker still looks for a task, nobody else
// is roused. It counts in `searching_` until it has found one or has set its bit, and looks once
// more at all sizes after it has left the count: a task that was queued while it counted is seen
// by that look.
#pragma once

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

// Safe from any thread; `stop` and the destructor only from outside the workers.
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
    bool closed = false;  // Drops what comes.
  };
  // Its size can be read without its lock, under which it is written.
  struct Shared {
    Guarded<Queue> queue;
    std::atomic<size_t> size{0};
  };
  // What a worker is at. But for the first, it takes a while, and the whole queue is spare.
  enum class WorkerState : uint8_t { kPrompt, kBackground, kIdleWork };
  struct alignas(64) Worker {
    uint64_t bit = 0;  // In asleep_.
    Shared own;
    std::atomic<WorkerState> state{WorkerState::kPrompt};
    Guarded<bool> roused{false};
    std::thread thread;
    // The rest is for its thread only.
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
