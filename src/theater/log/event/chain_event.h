// A chain in its full form for guests: with whole hashes, times and sentences.
#pragma once

#include "theater/base/bytes.h"
#include "theater/log/event/chain.h"

#include <boost/describe.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace theater::log {

// `chain-event` of the interface theater:simple/types.
struct ChainEvent {
  Bytes hash;
  std::optional<Bytes> parent_hash;
  std::string event_type;
  Bytes data;
  uint64_t timestamp = 0;  // Milliseconds since 1970-01-01 UTC.
  std::optional<std::string> description;

  bool operator==(const ChainEvent&) const = default;
};
BOOST_DESCRIBE_STRUCT(ChainEvent, (), (hash, parent_hash, event_type, data, timestamp, description))

// The kept events of a chain, oldest first; none if the encoded list would have more than
// `bytes_max` bytes. Takes about 10 us an event.
std::optional<std::vector<ChainEvent>> chain_events(const Chain& chain, size_t bytes_max);

}  // namespace theater::log
