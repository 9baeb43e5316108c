#include "theater/actor/scheduling/worker_pool.h"

#include "theater/base/check.h"
#include "theater/base/clock.h"
#include "theater/base/thread_name.h"
#include "theater/engine/ticker.h"

#include <algorithm>
#include <bit>
#include <utility>

namespace theater {

namespace {

// So many tasks at most change hands at once, so that the lock is short.
constexpr size_t kStolenMax = 32;
// The time that the prompt lane has between two background tasks, if it needs it.
constexpr std::chrono::nanoseconds kPromptSlice = engine::kTickPeriod;

// The worker that the calling thread is, and its pool; null on other threads. What wakes a task
// does not know on whose behalf it is called, so this cannot be passed down.
thread_local const void* pool_here = nullptr;
thread_local void* worker_here = nullptr;

}  // namespace

WorkerPool::WorkerPool(size_t workers) {
  THEATER_CHECK(workers > 0 && workers <= kWorkersMax, "{} workers", workers);
  for (size_t i = 0; i < workers; ++i) {
    workers_.push_back(std::make_unique<Worker>());
    workers_.back()->bit = uint64_t{1} << i;
  }
  for (auto& worker : workers_)
    worker->thread = std::thread([this, raw = worker.get()] { work(*raw); });
}

WorkerPool::~WorkerPool() {
  stop();
}

void WorkerPool::enqueue(std::shared_ptr<Task> task, Lane lane) {
  auto* here = pool_here == this ? static_cast<Worker*>(worker_here) : nullptr;
  if (lane == Lane::kBackground && push_to_background(task)) {
    if (here == nullptr || background_.size.load() + here->own.size.load() > 1) unpark_one();
  } else if (here != nullptr) {
    // Idle work that wakes an actor is nearly done.
    if (here->state.load(std::memory_order_relaxed) == WorkerState::kIdleWork) {
      here->state.store(WorkerState::kPrompt, std::memory_order_relaxed);
    }
    push(here->own, std::move(task));
    if (stealable(*here) > 0) unpark_one();
  } else {
    Worker& chosen = choose();
    push(chosen.own, std::move(task));
    if (!unpark(chosen) && stealable(chosen) > 0) unpark_one();
  }
}

void WorkerPool::set_turn_observer(TurnObserver& hook) {
  THEATER_CHECK(hook_.exchange(&hook) == nullptr, "a pool has one hook");
}

void WorkerPool::run_until(const std::function<bool()>&) {}

void WorkerPool::stop() {
  stopping_.store(true);
  for (auto& worker : workers_)
    worker->rest.unpark();
  for (auto& worker : workers_) {
    if (worker->thread.joinable()) worker->thread.join();
  }
  // A task may wake others when it is destroyed, which must not happen under the lock.
  TaskQueue dropped;
  auto close = [&](Shared& shared) {
    shared.queue.with([&](Queue& queue) {
      queue.closed = true;
      queue.tasks.move_oldest(queue.tasks.size(), dropped);
    });
  };
  for (auto& worker : workers_)
    close(worker->own);
  close(background_);
}

// A refused task is destroyed by the caller, outside the lock. Returns how many wait.
size_t WorkerPool::push(Shared& shared, std::shared_ptr<Task> task) {
  return shared.queue.with([&](Queue& queue) {
    if (!queue.closed) queue.tasks.push(std::move(task));
    shared.size.store(queue.tasks.size());
    return queue.tasks.size();
  });
}

// False for an urgent task. The lock makes sure that a later promote() finds the task in the queue.
bool WorkerPool::push_to_background(std::shared_ptr<Task>& task) {
  return background_.queue.with([&](Queue& queue) {
    if (task->is_urgent()) return false;
    if (!queue.closed) queue.tasks.push(std::move(task));
    background_.size.store(queue.tasks.size());
    return true;
  });
}

void WorkerPool::promote(Task& task) {
  std::shared_ptr<Task> found = background_.queue.with([&](Queue& queue) {
    auto removed = queue.tasks.remove(task);
    background_.size.store(queue.tasks.size());
    return removed;
  });
  if (found) enqueue(std::move(found), Lane::kPrompt);
}

std::shared_ptr<Task> WorkerPool::pop(Shared& shared) {
  if (shared.size.load(std::memory_order_relaxed) == 0) return nullptr;
  return shared.queue.with([&](Queue& queue) {
    auto task = queue.tasks.pop();
    shared.size.store(queue.tasks.size(), std::memory_order_relaxed);
    return task;
  });
}

// The number of tasks in the worker's queue that other workers may take.
size_t WorkerPool::stealable(const Worker& worker) {
  size_t size = worker.own.size.load();
  return size > 0 && worker.state.load() == WorkerState::kPrompt ? size - 1 : size;
}

void WorkerPool::work(Worker& me) {
  name_this_thread("worker");
  pool_here = this;
  worker_here = &me;
  while (!stopping_.load(std::memory_order_relaxed)) {
    std::shared_ptr<Task> task = next(me);
    if (!task) {
      if (!settle(me)) sleep(me);
      continue;
    }
    if (me.searching) end_search(me);
    if (TurnObserver* hook = hook_.load(std::memory_order_acquire)) {
      hook->after(TurnObserver::Worker::kBusy);
      hook->before();
    }
    Task::run(std::move(task));
    if (me.state.load(std::memory_order_relaxed) == WorkerState::kBackground) {
      me.state.store(WorkerState::kPrompt, std::memory_order_relaxed);
      me.background_due = monotonic_now() + kPromptSlice;
    }
  }
  if (TurnObserver* hook = hook_.load()) hook->after(TurnObserver::Worker::kBusy);
}

std::shared_ptr<Task> WorkerPool::next(Worker& me) {
  bool background_waits = background_.size.load(std::memory_order_relaxed) > 0;
  if (background_waits && monotonic_now() >= me.background_due) {
    if (auto task = take_background(me)) return task;
  }
  if (auto task = pop(me.own)) return task;
  if (auto task = steal(me)) return task;
  return take_background(me);
}

std::shared_ptr<Task> WorkerPool::take_background(Worker& me) {
  auto task = pop(background_);
  if (task == nullptr) return nullptr;
  // What waits in the own queue becomes spare for as long as this turn lasts.
  me.state.store(WorkerState::kBackground);
  if (me.own.size.load() > 0) unpark_one();
  return task;
}

// Before the worker sleeps, which it need not if there may be a task now.
bool WorkerPool::settle(Worker& me) {
  TurnObserver* hook = hook_.load(std::memory_order_acquire);
  if (hook == nullptr) return false;
  if (me.searching) end_search(me);
  if (asleep_.load() == 0) return hook->after(TurnObserver::Worker::kBusy);
  me.state.store(WorkerState::kIdleWork);
  // No worker was woken for a task that was queued here before that.
  bool may_have = me.own.size.load() > 0 || hook->after(TurnObserver::Worker::kIdle);
  me.state.store(WorkerState::kPrompt, std::memory_order_relaxed);
  return may_have;
}

// The older half of what another worker has to spare.
std::shared_ptr<Task> WorkerPool::steal(Worker& me) {
  size_t first = static_cast<size_t>(std::countr_zero(me.bit));
  for (size_t i = 1; i < workers_.size(); ++i) {
    Worker& victim = *workers_[(first + i) % workers_.size()];
    if (stealable(victim) == 0) continue;
    TaskQueue stolen;
    victim.own.queue.with([&](Queue& queue) {
      size_t half = std::min((queue.tasks.size() + 1) / 2, kStolenMax);
      queue.tasks.move_oldest(half, stolen);
      victim.own.size.store(queue.tasks.size(), std::memory_order_relaxed);
    });
    std::shared_ptr<Task> task = stolen.pop();
    if (task == nullptr) continue;
    while (auto more = stolen.pop())
      push(me.own, std::move(more));
    return task;
  }
  return nullptr;
}

bool WorkerPool::has_task_for(const Worker& me) const {
  if (me.own.size.load() > 0 || background_.size.load() > 0) return true;
  return std::any_of(workers_.begin(), workers_.end(), [&](const auto& worker) {
    return worker.get() != &me && stealable(*worker) > 0;
  });
}

void WorkerPool::sleep(Worker& me) {
  asleep_.fetch_or(me.bit);
  if (std::exchange(me.searching, false)) searching_.fetch_sub(1);
  if (has_task_for(me) || stopping_.load()) {
    bool is_awake = (asleep_.fetch_and(~me.bit) & me.bit) != 0;
    if (is_awake) return;
  }
  me.rest.park();
  me.searching = true;
}

// Where a task from outside goes.
WorkerPool::Worker& WorkerPool::choose() {
  uint64_t asleep = asleep_.load();
  size_t index = asleep != 0 ? static_cast<size_t>(std::countr_zero(asleep))
                             : chosen_.fetch_add(1, std::memory_order_relaxed);
  return *workers_[index % workers_.size()];
}

// Rouses the worker if it sleeps or is about to.
bool WorkerPool::unpark(Worker& worker) {
  if ((asleep_.load() & worker.bit) == 0) return false;
  if ((asleep_.fetch_and(~worker.bit) & worker.bit) == 0) return false;
  searching_.fetch_add(1);
  worker.rest.unpark();
  return true;
}

// Rouses some worker that sleeps, unless one that was roused still looks for a task.
void WorkerPool::unpark_one() {
  for (uint64_t asleep = asleep_.load(); asleep != 0 && searching_.load() == 0;
       asleep = asleep_.load()) {
    if (unpark(*workers_[static_cast<size_t>(std::countr_zero(asleep))])) return;
  }
}

// While this worker looked for a task, no other worker was woken for new tasks.
void WorkerPool::end_search(Worker& me) {
  me.searching = false;
  searching_.fetch_sub(1);
  bool more = background_.size.load() > 0 ||
              std::any_of(workers_.begin(), workers_.end(),
                          [](const auto& worker) { return stealable(*worker) > 0; });
  if (more) unpark_one();
}

}  // namespace theater
