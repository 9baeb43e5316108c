// The requests on record that a client asked to be done once (Once).
//
// They are in `call` events and in `started`, a few among many. A search reads the log backwards,
// decodes nothing else, and ends where the events are older than the caller wants. Events are
// nearly in the order of their times: each actor reads the clock once a turn, and a clock may be
// set back. So the search ends at a whole range of older events (reverse_scan_range.h).
#pragma once

#include "theater/base/hash.h"
#include "theater/base/id.h"
#include "theater/base/result.h"
#include "theater/log/event/peers.h"
#include "theater/log/reader/log_reader.h"

#include <cstdint>
#include <stop_token>
#include <vector>

namespace theater::log {

// A `call`, or a `started`, with a Once.
struct OnceRecord {
  Once once;
  ActorId actor;      // The actor of the chain.
  uint64_t seq = 0;   // The event's position in the chain.
  uint64_t time = 0;  // Microseconds since 1970-01-01 UTC.
  Hash event;         // The event's hash.

  bool operator==(const OnceRecord&) const = default;
};

// All of them that are not older than `since_us`, in no order. Blocks on the disk. Fails with
// kCorrupt, naming the event, if one is no event, or as the reader does; with kCancelled if `stop`
// asks for it.
Result<std::vector<OnceRecord>> read_once_records(const LogReader& reader, uint64_t since_us,
                                                  const std::stop_token& stop = {});

}  // namespace theater::log
