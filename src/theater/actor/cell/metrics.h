// What an actor costs and what it does, in numbers.
//
// Numbers are for people and dashboards: none of them is recorded, and nothing that an actor does
// depends on them. They are published at the end of each turn, so that they are there at once even
// while the actor is busy; they then are those of the turn before.
//
// The time of a call is what a worker spent on it, from taking the message to having recorded what
// came back, and without what the call waited for. It costs one reading of the clock a call, one a
// turn, and one where a turn ends in the midst of a call.
#pragma once

#include "theater/base/guarded.h"

#include <tl/expected.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace theater {

// What an actor has recorded under one name.
struct CustomMetric {
  uint64_t count = 0;
  double last = 0;
  double sum = 0;
  double min = 0;
  double max = 0;

  bool operator==(const CustomMetric&) const = default;
};

using CustomMetrics = std::map<std::string, CustomMetric, std::less<>>;

enum class CallEnd : uint8_t { kReturned, kError, kLost };

// Calls that have ended, and their times.
struct CallMetrics {
  uint64_t calls = 0;
  uint64_t errors = 0;    // Of these, that returned an error.
  uint64_t failures = 0;  // Of these, that were cut off: the instance was lost.
  uint64_t total_ns = 0;
  uint64_t max_ns = 0;
  uint64_t min_ns = 0;  // 0 before the first.

  bool operator==(const CallMetrics&) const = default;
};

struct ActorMetrics {
  CallMetrics calls;
  uint64_t waiting = 0;       // Messages in the mailbox.
  uint64_t waiting_max = 0;   // The most that there ever were.
  uint64_t memory_bytes = 0;  // Linear memory in use.
  uint64_t memory_bytes_max = 0;
  uint64_t events = 0;        // Recorded.
  uint64_t event_bytes = 0;   // Bytes of them, detached payloads included.
  uint64_t messages_in = 0;   // Calls by other actors and clients.
  uint64_t messages_out = 0;  // To other actors, and accepted; answers are not counted.
  uint64_t restarts = 0;      // Instances that there were before the current one.
  CustomMetrics custom;
};

// All actors of a node, ended ones included. What is a maximum of an actor is the largest here.
struct NodeMetrics {
  uint64_t actors = 0;
  uint64_t ended = 0;  // Of these.
  ActorMetrics all;    // Without `custom`.

  void add(const ActorMetrics& actor, bool has_ended);
};

// Measures the calls of one actor. Only for the worker that runs its turn.
class CallMeter {
 public:
  using Time = std::chrono::nanoseconds;  // Of Clock::monotonic().

  // What follows is spent on the next call, or on the one in progress.
  void resume(Time now) { since_ = now; }
  // A call is in progress, and the turn ends.
  void pause(Time now);
  void call_ended(Time now, CallEnd how);
  // The latest time that it was told.
  Time since() const { return since_; }

  const CallMetrics& metrics() const { return metrics_; }

 private:
  Time since_{0};
  Time spent_{0};  // On the call in progress, in earlier turns.
  CallMetrics metrics_;
};

// What one actor records of its own. Safe from any thread.
class MetricTable {
 public:
  static constexpr size_t kNamesMax = 256;

  // Fails, with a text for the guest, if there are kNamesMax other names.
  tl::expected<void, std::string> record(std::string_view name, double value);

  CustomMetrics copy() const;

 private:
  mutable Guarded<CustomMetrics> metrics_;
};

}  // namespace theater
