// So much a second, after a burst of one second's worth.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>

namespace theater {

// Not thread-safe. Times are those of Clock::monotonic() and never go back.
class RateLimit {
 public:
  using Time = std::chrono::nanoseconds;

  explicit RateLimit(uint64_t per_second) : per_second_(per_second) {}

  uint64_t per_second() const { return per_second_; }

  // Takes one, if there is one to take.
  bool take_one(Time now) {
    if (per_second_ == 0) return false;
    Time after = std::max(paid_at_, now) + cost(1);
    if (after > now + kBurst) return false;
    paid_at_ = after;
    return true;
  }

  // Takes `amount`, whether or not there is as much, and says how long the caller must then wait.
  // Amounts are rounded to what a nanosecond brings, so it is for large ones. Needs a rate.
  Time charge(uint64_t amount, Time now) {
    paid_at_ = std::max(paid_at_, now) + cost(amount);
    return std::max(paid_at_ - now - kBurst, Time::zero());
  }

 private:
  static constexpr Time kBurst = std::chrono::seconds(1);

  // How long it takes to bring that much.
  Time cost(uint64_t amount) const {
    constexpr uint64_t kSecond = 1'000'000'000;
    uint64_t seconds = amount / per_second_;
    // The rest is less than a second's worth, and no rate is above 2^36.
    auto rest = static_cast<double>(amount % per_second_) / static_cast<double>(per_second_);
    return std::chrono::seconds(std::min<uint64_t>(seconds, kSecond)) +
           Time(static_cast<int64_t>(rest * static_cast<double>(kSecond)));
  }

  uint64_t per_second_;
  Time paid_at_{0};  // When what was taken has been brought.
};

}  // namespace theater
