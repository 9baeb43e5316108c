// A backwards search in a sequence that can only be read forwards, such as a log or a chain.
//
// The target is usually near the end, and sometimes far away. So the search reads one range at a
// time, each before the last one and twice as long.
#pragma once

#include <algorithm>
#include <cstdint>

namespace theater::log {

// Events [from, to); empty past the beginning.
//
//   for (ReverseScanRange at = ReverseScanRange::before(end); at.to > 0; at = at.earlier())
struct ReverseScanRange {
  uint64_t from = 0;
  uint64_t to = 0;

  // The first range, which ends at `end`.
  static ReverseScanRange before(uint64_t end) { return ending_at(end, 4096); }

  // The range before this one.
  ReverseScanRange earlier() const { return ending_at(from, 2 * (to - from)); }

 private:
  static ReverseScanRange ending_at(uint64_t end, uint64_t length) {
    return {end - std::min(end, length), end};
  }
};

}  // namespace theater::log
