// Decides when actors run: those with work wait for a worker, and give it back after a turn.
//
// A Task is at any time parked, queued, running, or running with a notification. `wake` brings a
// parked task into the queue and leaves a note for a running one, so no wake-up is lost and a task
// is never in the queue twice or on two workers.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>

namespace theater {

class Scheduler;
class TaskQueue;

// Something that takes turns. Held by shared_ptr, because a queue may hold the last end of it.
class Task : public std::enable_shared_from_this<Task> {
 public:
  explicit Task(Scheduler& scheduler) : scheduler_(scheduler) {}
  virtual ~Task() = default;
  Task(const Task&) = delete;
  Task& operator=(const Task&) = delete;

  // There is something to do: a turn begins after this. Safe from any thread.
  void wake();
  // The same for what must not wait until guests that spin have had their turns: a task in the
  // background is taken out of it.
  void wake_urgent();

  // Takes a turn and queues the task again if there is more to do. For schedulers only.
  static void run(std::shared_ptr<Task> task);
  // Whether it must stay out of the background. For schedulers only.
  bool is_urgent() const { return is_urgent_.load(); }

 protected:
  enum class Turn : uint8_t {
    kParked,  // Nothing to do until `wake`.
    kMore,    // Queue it again, behind the others.
    kSpent,   // The same for a turn that used up its slice of time.
  };
  // One bounded turn. Never called by two threads at once; each call sees what the one before did.
  virtual Turn take_turn() = 0;

  // Within a turn: whether wake_urgent() has asked for it, so that it may come before its time.
  bool is_early() const { return is_early_; }

 private:
  friend class TaskQueue;
  enum class State : uint8_t { kParked, kQueued, kRunning, kNotified };

  Scheduler& scheduler_;
  std::atomic<State> state_{State::kParked};
  // Asked for by wake_urgent(), and no turn has begun since.
  std::atomic<bool> is_urgent_{false};
  bool is_early_ = false;
  std::atomic<const TaskQueue*> in_{nullptr};  // The queue that the task is in.
  // Its neighbours there, touched by that queue alone.
  std::shared_ptr<Task> next_;
  Task* previous_ = nullptr;
};

// What a task did with its last turn decides where it waits for the next one.
enum class Lane : uint8_t {
  kPrompt,      // It was parked, or has given the worker back early.
  kBackground,  // It has used up a slice of time: prompt tasks go first, within reason.
};

// What is done before and after turns, on their threads.
class TurnObserver {
 public:
  virtual ~TurnObserver() = default;

  virtual void before() = 0;

  enum class Worker : uint8_t {
    kBusy,  // This must be short: a task waits, or no other worker is free for a new one.
    kIdle,  // It may take a while.
  };
  // Before the next turn or before the worker sleeps, once or more often. Says whether there may be
  // a task now that there was not.
  virtual bool after(Worker worker) = 0;
};

class Scheduler {
 public:
  virtual ~Scheduler() = default;

  // The task's `run` is called once after this, by some worker. Safe from any thread; after `stop`
  // the task is dropped.
  virtual void enqueue(std::shared_ptr<Task> task, Lane lane) = 0;

  // Takes a queued task out of the background, if it is there. Safe from any thread.
  virtual void promote(Task& task) = 0;

  // Has this called around all turns. Once at most; it outlives stop(), after which it is called no
  // more.
  virtual void set_turn_observer(TurnObserver& hook) = 0;

  // Lends the calling thread to the scheduler until `ready()` holds or no task is queued. Does
  // nothing where the scheduler has threads of its own: the caller then waits in its own way.
  virtual void run_until(const std::function<bool()>& ready) = 0;

  // Ends the workers after the turns they are in. Nothing runs when it has returned.
  virtual void stop() = 0;
};

}  // namespace theater
