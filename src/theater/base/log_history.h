// The last log lines of a process, kept for readers who come later or read slowly.
//
// Each line has a position, one more than the line before it. Each lane keeps its own last lines,
// up to a bound, so guests who say much push no line of the node out. A reader says where it
// continues; it learns whether lines behind that position may be gone.
#pragma once

#include "theater/base/guarded.h"
#include "theater/base/log_entry.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

namespace theater {

// Safe from any thread; the locks are short.
class LogHistory {
 public:
  // What one lane keeps: so many lines, of so many bytes. A larger line is kept alone.
  static constexpr size_t kLaneLinesMax = 10'000;
  static constexpr size_t kLaneBytesMax = size_t{4} << 20;

  struct Line {
    uint64_t position = 0;
    LogEntry entry;
  };
  struct Page {
    std::vector<Line> lines;     // In the order of their positions.
    uint64_t complete_from = 0;  // Every line is kept from this position on.
    uint64_t next = 0;           // Where the next page begins.
  };

  // The first line will have the position `first`. Time as a number makes positions differ between
  // one process and the next.
  explicit LogHistory(uint64_t first = 0);

  void add(const LogEntry& entry);

  // At most `limit` lines from position `from` on; those with this id if there is one.
  Page read(uint64_t from, size_t limit, const std::optional<ActorId>& id) const;

  // The position of the next line that is added.
  uint64_t end() const;

  // The position of the `count`-th line from the end, of those with this id if there is one; or of
  // the first one, of fewer.
  uint64_t position_of_last(size_t count, const std::optional<ActorId>& id) const;

 private:
  struct Lane {
    std::deque<Line> lines;
    size_t bytes = 0;
    uint64_t gone_before = 0;  // Behind the last line that is gone.
  };
  struct State {
    std::array<Lane, kLogLanes> lanes;
    uint64_t end = 0;
  };

  Guarded<State> state_;
};

}  // namespace theater
