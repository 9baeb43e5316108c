// Where an actor's events are made: its chain, and the time that the current turn gives them.
#pragma once

#include "theater/log/chain.h"

#include <cstdint>

namespace theater {

// Not thread-safe: only the worker that runs the actor's turn.
class Recorder {
 public:
  explicit Recorder(size_t bytes_max = log::Chain::kBytesMax) : chain_(bytes_max) {}

  // The clock is read once a turn; events of one turn have one time.
  void begin_turn(uint64_t wall_us) { time_us_ = wall_us; }
  uint64_t time_us() const { return time_us_; }

  // `body` may borrow its payloads, but not from the chain itself.
  log::EventRef record(const log::Body& body) { return chain_.append(body, time_us_); }

  // Position of the next event.
  uint64_t next_seq() const { return chain_.position().seq; }

  const log::Chain& chain() const { return chain_; }

 private:
  log::Chain chain_;
  uint64_t time_us_ = 0;
};

}  // namespace theater
