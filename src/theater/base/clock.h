// Time behind an interface, so that tests and seeded runs decide what it is.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>

namespace theater {

class Clock {
 public:
  virtual ~Clock() = default;

  // Microseconds since 1970-01-01 UTC. May step when the machine's clock is set.
  virtual uint64_t wall_us() const = 0;

  // Time since an arbitrary start; never goes back.
  virtual std::chrono::nanoseconds monotonic() const = 0;
};

// Time since an arbitrary start, by the machine's clock. For deadlines that no test has to control.
inline std::chrono::nanoseconds monotonic_now() {
  return std::chrono::steady_clock::now().time_since_epoch();
}

// The machine's clocks. Safe from any thread.
class SystemClock final : public Clock {
 public:
  uint64_t wall_us() const override;
  std::chrono::nanoseconds monotonic() const override;
};

// Stands still until it is told to move. Safe from any thread.
class ManualClock final : public Clock {
 public:
  explicit ManualClock(uint64_t wall_us = 1'000'000'000'000'000) : wall_us_(wall_us) {}

  uint64_t wall_us() const override { return wall_us_.load() + elapsed_us_.load(); }
  std::chrono::nanoseconds monotonic() const override {
    return std::chrono::microseconds(elapsed_us_.load());
  }

  void advance(std::chrono::microseconds by) { elapsed_us_ += static_cast<uint64_t>(by.count()); }

 private:
  std::atomic<uint64_t> wall_us_;
  std::atomic<uint64_t> elapsed_us_{0};
};

}  // namespace theater
