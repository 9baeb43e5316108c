// Lines on their way to a reader who may be slow.
//
// A thread that has a line leaves it in the queue and continues; a thread of the queue writes the
// lines in their order. So a reader of a pipe that stops reading stops that thread alone. Each lane
// has room of its own: guests who say too much take no room from the node. A line without room is
// left out, and the next line of that lane is preceded by one that says how many were.
#pragma once

#include "theater/base/guarded.h"
#include "theater/base/log_entry.h"

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <thread>

namespace theater {

// Safe from any thread.
class LineQueue {
 public:
  // The most bytes of text that wait in one lane.
  static constexpr size_t kLaneBytesMax = size_t{1} << 20;

  // Called by the queue's thread, one line at a time.
  using Write = std::function<void(const LogEntry&)>;
  // Gives the line that stands for so many lines that were left out of a lane.
  using LeftOut = std::function<LogEntry(LogLane lane, uint64_t lines)>;

  LineQueue(Write write, LeftOut left_out);
  // Writes what waits, and ends the thread.
  ~LineQueue();
  LineQueue(const LineQueue&) = delete;
  LineQueue& operator=(const LineQueue&) = delete;

  // Never waits for the reader.
  void push(LogEntry entry);

  // Waits until everything pushed before is written, or for `limit`. Returns whether it is written.
  // After a wait in vain, does not wait again until a line has been written: the reader stalls.
  bool flush(std::chrono::milliseconds limit);

 private:
  struct Lane {
    size_t bytes = 0;  // Of the lines that wait or are being written.
    uint64_t left_out = 0;
  };
  struct State {
    std::deque<LogEntry> waiting;
    std::array<Lane, kLogLanes> lanes;
    uint64_t pushed = 0;
    uint64_t written = 0;
    std::optional<uint64_t> stalled_at;  // The value of `written` at a wait in vain.
    bool stopping = false;
  };
  static Lane& lane_of(State& state, LogLane lane) {
    return state.lanes[static_cast<size_t>(lane)];
  }
  void add(State& state, LogEntry entry);
  void add_left_out(State& state, LogLane lane);
  void write_all();

  const Write write_;
  const LeftOut left_out_;
  Guarded<State> state_;
  std::thread thread_;
};

}  // namespace theater
