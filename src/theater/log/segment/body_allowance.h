// The most bytes that a reader makes of the bodies in a log or export that a stranger may have
// written.
//
// A record of a few bytes may name a base of a gigabyte, and so may thousands of others. Without a
// bound, a small file costs hours. A body costs the length and the stored bytes of its own record
// and of all its bases, whatever a cache has of them. So the sum is the same for each reader. The
// bodies of an agent that repeats a text of its own in every call stay far below the usual bound.
#pragma once

#include <atomic>
#include <cstdint>
#include <limits>

namespace theater::log {

// Safe from any thread.
class BodyAllowance {
 public:
  static constexpr uint64_t kAlways = uint64_t{4} << 30;
  static constexpr uint64_t kForEachByte = 2048;

  // The usual bound for a log or export whose files have so many bytes.
  static constexpr uint64_t usual(uint64_t file_bytes) {
    constexpr uint64_t kMost = std::numeric_limits<uint64_t>::max();
    return file_bytes > (kMost - kAlways) / kForEachByte ? kMost
                                                         : kAlways + file_bytes * kForEachByte;
  }

  explicit BodyAllowance(uint64_t bytes_max) : bytes_max_(bytes_max), left_(bytes_max) {}

  uint64_t bytes_max() const { return bytes_max_; }
  // The cost of all bodies so far.
  uint64_t taken() const { return bytes_max_ - left_.load(std::memory_order_relaxed); }

  // Whether a body of this cost may be made. After the first that may not, none may.
  bool take(uint64_t cost) {
    uint64_t left = left_.load(std::memory_order_relaxed);
    do {
      if (is_spent()) return false;
      if (cost > left) {
        is_spent_.store(true, std::memory_order_relaxed);
        return false;
      }
    } while (!left_.compare_exchange_weak(left, left - cost, std::memory_order_relaxed));
    return true;
  }

  // Whether a body was refused.
  bool is_spent() const { return is_spent_.load(std::memory_order_relaxed); }

 private:
  const uint64_t bytes_max_;
  std::atomic<uint64_t> left_;
  std::atomic<bool> is_spent_{false};
};

}  // namespace theater::log
