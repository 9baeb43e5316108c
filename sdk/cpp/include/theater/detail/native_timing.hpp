// timing.hpp in a unit test: nobody waits, the host's clock is moved instead.
#pragma once

#include "theater/detail/native_host.hpp"

#include <algorithm>

namespace theater {

inline uint64_t now() {
  return testing::Host::current().now_ms;
}

inline Status sleep_for(uint64_t duration_ms) {
  testing::Host::current().now_ms += duration_ms;
  return {};
}

inline Status sleep_until(uint64_t timestamp_ms) {
  testing::Host& host = testing::Host::current();
  host.now_ms = std::max(host.now_ms, timestamp_ms);
  return {};
}

}  // namespace theater
