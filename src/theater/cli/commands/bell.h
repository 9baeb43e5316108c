// Wakes a thread that waits for any of several things: whatever happens rings, and the thread looks
// what it was.
#pragma once

#include "theater/base/guarded.h"

#include <chrono>
#include <cstdint>

namespace theater::cli {

class Bell final {
 public:
  // Safe from any thread, and in callbacks.
  void ring() {
    rings_.with([](uint64_t& rings) { ++rings; });
    rings_.notify_all();
  }

  // Waits until it has rung since the last wait(), or for `limit`. For one thread.
  void wait(std::chrono::milliseconds limit) {
    auto has_rung = [this](uint64_t rings) { return rings != heard_; };
    rings_.wait_for(limit, has_rung, [this](uint64_t rings) { heard_ = rings; });
  }

 private:
  Guarded<uint64_t> rings_;
  uint64_t heard_ = 0;  // Of the waiting thread.
};

}  // namespace theater::cli
