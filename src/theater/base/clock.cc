#include "theater/base/clock.h"

namespace theater {

uint64_t SystemClock::wall_us() const {
  auto now = std::chrono::system_clock::now().time_since_epoch();
  return static_cast<uint64_t>(std::chrono::duration_cast<std::chrono::microseconds>(now).count());
}

std::chrono::nanoseconds SystemClock::monotonic() const {
  return monotonic_now();
}

}  // namespace theater
