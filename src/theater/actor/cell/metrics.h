// The costs and the work of an actor in numbers.
//
// The numbers are for people and dashboards: none is recorded, and no actor depends on them. An
// actor publishes them at the end of each turn, so a query returns at once; the numbers of a busy
// actor are those of the turn before.
//
// The time of a call is the time that a worker spent on it, from taking the message to recording
// the result, without waiting times. It costs one reading of the clock a call, one a turn, and one
// where a turn ends during a call.
#pragma once

#include "theater/actor/handler/metric_table.h"

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace theater {

enum class CallEnd : uint8_t { kReturned, kError, kLost };

// The ended calls and their times.
struct CallMetrics {
  uint64_t calls = 0;
  uint64_t errors = 0;    // Calls among these that returned an error.
  uint64_t failures = 0;  // Calls among these whose instance was lost.
  uint64_t total_ns = 0;
  uint64_t max_ns = 0;
  uint64_t min_ns = 0;  // 0 before the first.

  bool operator==(const CallMetrics&) const = default;
};

struct ActorMetrics {
  CallMetrics calls;
  uint64_t waiting = 0;       // Messages in the mailbox.
  uint64_t waiting_max = 0;   // The largest value of `waiting` so far.
  uint64_t memory_bytes = 0;  // Linear memory in use.
  uint64_t memory_bytes_max = 0;
  uint64_t events = 0;        // Events on record.
  uint64_t event_bytes = 0;   // Their bytes, detached payloads included.
  uint64_t messages_in = 0;   // Calls by other actors and clients.
  uint64_t messages_out = 0;  // Accepted messages to other actors, without answers.
  uint64_t restarts = 0;      // Instances before: restarts, recoveries and updates.
  // Answers that the node kept from the guest, because a secret of its request was in them.
  uint64_t secret_echoes = 0;
  CustomMetrics custom;
};

// All actors that a node has had since it was opened. A maximum here is the largest of all actors.
//
// The metrics that actors recorded under one name are one metric of the node, without a last value.
// However many names there are, the node has the first kNamesMax of them in their order. So what a
// guest chooses does not decide how large this is.
struct NodeMetrics {
  static constexpr size_t kNamesMax = MetricTable::kNamesMax;

  uint64_t actors = 0;
  uint64_t ended = 0;            // Ended actors among these.
  ActorMetrics all;              // `custom` has the first names.
  uint64_t values_left_out = 0;  // Values that actors recorded under other names.

  void add(const ActorMetrics& actor, bool has_ended);
  // The actors of the other are none of these.
  void add(const NodeMetrics& others);

 private:
  void add_amounts(const ActorMetrics& from);
};

// Measures the calls of one actor. Only for the worker that runs its turn.
class CallMeter {
 public:
  using Time = std::chrono::nanoseconds;  // A value of Clock::monotonic().

  // The time from here on counts for the next call, or for the call in progress.
  void resume(Time now) { since_ = now; }
  // A call is in progress, and the turn ends.
  void pause(Time now);
  void call_ended(Time now, CallEnd how);
  // The latest time that the meter has got.
  Time since() const { return since_; }

  const CallMetrics& metrics() const { return metrics_; }

 private:
  Time since_{0};
  Time spent_{0};  // The time of the call in progress in earlier turns.
  CallMetrics metrics_;
};

}  // namespace theater
