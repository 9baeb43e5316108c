// A copy of a chain from its first event on, in memory.
//
// The chain of a `memory` actor is in no log, and its Chain keeps the newest events only. An actor
// with `save_chain` also keeps this copy, which the node writes to a file when the actor has ended.
// A copy that grows past its bound is dropped, because a chain without its beginning proves
// nothing.
#pragma once

#include "theater/base/bytes.h"

#include <cstddef>
#include <span>
#include <vector>

namespace theater {

// Belongs to one actor, as its Chain does. The actor adds nothing after its end, and then the copy
// is safe from any thread.
class WholeChain {
 public:
  static constexpr size_t kBytesMax = size_t{64} << 20;

  explicit WholeChain(size_t bytes_max = kBytesMax) : bytes_max_(bytes_max) {}

  // Adds the next event. After one that finds no room it adds nothing more.
  void add(ByteView event) {
    if (is_dropped_) return;
    bytes_ += event.size();
    if (bytes_ > bytes_max_) {
      is_dropped_ = true;
      events_ = {};
      return;
    }
    events_.push_back(to_bytes(event));
  }

  bool is_dropped() const { return is_dropped_; }
  // All events, in order; none if the copy was dropped.
  std::span<const Bytes> events() const { return events_; }

 private:
  size_t bytes_max_;
  size_t bytes_ = 0;
  bool is_dropped_ = false;
  std::vector<Bytes> events_;
};

}  // namespace theater
