// Host functions whose result follows from the actor's own chain: theater:simple/runtime/get-chain
// and get-state.
//
// Only their arguments are recorded. Whoever runs an actor, for the first time or again from its
// record, computes their results here, from the chain as it is before the event of the call; its
// bound (Chain::kBytesMax) is a part of what is computed. An actor that keeps less of its chain
// records the results too.
#pragma once

#include "theater/base/bytes.h"
#include "theater/log/event/chain.h"
#include "theater/wit/type.h"

#include <boost/describe.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace theater::log {

// `event`, `meta-event` and `chain` of the interface theater:simple/types.
struct ShortEvent {
  std::string event_type;
  std::optional<uint64_t> parent;
  Bytes data;
};
BOOST_DESCRIBE_STRUCT(ShortEvent, (), (event_type, parent, data))

struct ShortMetaEvent {
  uint64_t hash = 0;
  ShortEvent event;
};
BOOST_DESCRIBE_STRUCT(ShortMetaEvent, (), (hash, event))

struct ShortChain {
  std::vector<ShortMetaEvent> events;
};
BOOST_DESCRIBE_STRUCT(ShortChain, (), (events))

// The results have at most this many bytes, or the actor's payload limit if that is less: they are
// made on the guest's stack and time.
inline constexpr size_t kChainViewBytesMax = size_t{256} << 10;

// get-chain: the newest events that fit.
ShortChain short_chain(const Chain& chain, uint64_t payload_bytes_max);

// get-state: the data of the last event; empty if there is none, or if it does not fit.
Bytes last_event_data(const Chain& chain, uint64_t payload_bytes_max);

// One of these functions, by the type that a component imports it with.
struct ChainFunction {
  std::string_view name;  // As function tables name it.
  wit::FuncType type;
  // Value bytes of the result.
  Bytes (*compute)(const Chain& chain, uint64_t payload_bytes_max);
};

// The function of that name; null if there is none. Safe from any thread.
const ChainFunction* find_chain_function(std::string_view plain_name);

}  // namespace theater::log
