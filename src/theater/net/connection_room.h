// How many connections several servers may have together, whatever each may have.
#pragma once

#include <atomic>
#include <cstddef>

namespace theater {

// Safe from any thread.
class ConnectionRoom {
 public:
  explicit ConnectionRoom(size_t most) : left_(most) {}

  // Takes a place until give(); false if there is none.
  bool take() {
    size_t left = left_.load(std::memory_order_relaxed);
    while (left > 0) {
      if (left_.compare_exchange_weak(left, left - 1, std::memory_order_relaxed)) return true;
    }
    return false;
  }
  void give() { left_.fetch_add(1, std::memory_order_relaxed); }

 private:
  std::atomic<size_t> left_;
};

}  // namespace theater
