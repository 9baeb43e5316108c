// Host functions with results that follow from the actor's own chain:
// theater:simple/runtime/get-chain and get-state.
//
// The record has only their arguments. The first run and a replay both compute the results here,
// from the chain before the event of the call. The chain's bound (Chain::kBytesMax) affects the
// results. An actor that keeps less of its chain records the results too.
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

// The most bytes of a result; the actor's payload limit if that is less. Results take the guest's
// stack and time.
inline constexpr size_t kChainViewBytesMax = size_t{256} << 10;

// get-chain: the newest events that fit.
ShortChain short_chain(const Chain& chain, uint64_t payload_bytes_max);

// get-state: the data of the last event; empty if there is no event, or if the data does not fit.
Bytes last_event_data(const Chain& chain, uint64_t payload_bytes_max);

// One of these functions, with the type by which a component imports it.
struct ChainFunction {
  std::string_view name;  // Its name in function tables.
  wit::FuncType type;
  // Computes the value bytes of the result.
  Bytes (*compute)(const Chain& chain, uint64_t payload_bytes_max);
};

// The function of that name; null if there is none. Safe from any thread.
const ChainFunction* find_chain_function(std::string_view plain_name);

}  // namespace theater::log
