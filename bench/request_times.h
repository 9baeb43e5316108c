// How long a client waits that asks one actor after another.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <thread>
#include <vector>

#include "stage.h"

namespace theater::bench {

// In microseconds.
struct RequestTimes {
  double p50 = 0;
  double p99 = 0;
  double worst = 0;
};

// Asks for an echo so many times, each after the answer to the one before and the pause.
inline RequestTimes time_requests(Stage& stage, const std::vector<ActorId>& actors, size_t count,
                                  std::chrono::microseconds pause = {}) {
  Bytes echo = message(Order::kEcho);
  std::vector<double> all;
  for (size_t i = 0; i < count; ++i) {
    std::this_thread::sleep_for(pause);
    auto start = std::chrono::steady_clock::now();
    (void)expect(stage.runtime().request(actors[i % actors.size()], echo));
    all.push_back(seconds_since(start) * 1e6);
  }
  std::sort(all.begin(), all.end());
  return {quantile(all, 0.5), quantile(all, 0.99), all.back()};
}

}  // namespace theater::bench
