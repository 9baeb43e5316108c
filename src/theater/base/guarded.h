// The only road to a mutex: the value and its lock are one thing, and the value is reachable only
// while the lock is held.
//
//   Guarded<std::deque<Item>> queue;
//   queue.with([&](auto& items) { items.push_back(item); });
#pragma once

#include <condition_variable>
#include <mutex>
#include <utility>

namespace theater {

// Safe from any thread. Keep `fn` short, and never let it call out to code that may lock.
template <class T>
class Guarded {
 public:
  template <class... Args>
  explicit Guarded(Args&&... args) : value_(std::forward<Args>(args)...) {}

  Guarded(const Guarded&) = delete;
  Guarded& operator=(const Guarded&) = delete;

  // Calls fn(value) with the lock held and returns what it returns.
  template <class Fn>
  decltype(auto) with(Fn&& fn) {
    std::lock_guard lock(mutex_);
    return std::forward<Fn>(fn)(value_);
  }

  template <class Fn>
  decltype(auto) with(Fn&& fn) const {
    std::lock_guard lock(mutex_);
    return std::forward<Fn>(fn)(std::as_const(value_));
  }

  // Waits until ready(value) holds, then calls fn(value) and returns what it returns.
  template <class Ready, class Fn>
  decltype(auto) wait(Ready&& ready, Fn&& fn) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return ready(value_); });
    return std::forward<Fn>(fn)(value_);
  }

  // The same, giving up after `limit`; fn is called either way and can look at the value.
  template <class Duration, class Ready, class Fn>
  decltype(auto) wait_for(Duration limit, Ready&& ready, Fn&& fn) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, limit, [&] { return ready(value_); });
    return std::forward<Fn>(fn)(value_);
  }

  // Makes waiting threads look again. Call it after `with` changed what they wait for.
  void notify_one() { changed_.notify_one(); }
  void notify_all() { changed_.notify_all(); }

 private:
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  T value_;
};

}  // namespace theater
