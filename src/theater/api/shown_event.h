// One event of a chain, from a log or from memory, and how the API shows it.
#pragma once

#include "theater/base/bytes.h"
#include "theater/base/hash.h"
#include "theater/base/id.h"
#include "theater/base/result.h"
#include "theater/log/event/chain.h"
#include "theater/log/event/event.h"
#include "theater/log/reader/log_reader.h"
#include "theater/views/chain_view.h"
#include "theater/views/event_view.h"
#include "theater/views/json.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace theater::api {

// Which events of which chain, and their form. Value type.
struct EventChoice {
  ActorId actor;     // Or the node, by the id of its log.
  std::string type;  // Text in the type of wanted events; empty for all.
  views::PayloadForm payloads = views::PayloadForm::kValues;

  bool wants(std::string_view event_type) const {
    return type.empty() || event_type.find(type) != std::string_view::npos;
  }
  views::ChainForm form() const { return {.payloads = payloads}; }
};

// Borrows the bytes of its chain or cursor.
struct ReadEvent {
  log::Event event;
  ByteView bytes;
  std::optional<Hash> known_hash;

  Hash hash() const { return known_hash ? *known_hash : log::event_hash(bytes); }
  // Whether it is the last one of its chain.
  bool is_last() const { return std::holds_alternative<log::Terminated>(event.body); }
};

// An event that the chain keeps. Fails with kInvalidArgument if it does not decode.
Result<ReadEvent> read_kept(const log::Chain& chain, uint64_t seq);

// The next event of a log's cursor, valid until the one after it; none if there is none yet. Fails
// as the cursor does.
Result<std::optional<ReadEvent>> read_next(log::LogCursor& cursor);

// The event as the API has it. `cursor` is that of the event; null for one that a chain keeps.
Result<views::Json> value_of(views::ChainValues& values, const ReadEvent& read, const Hash& hash,
                             log::LogCursor* cursor);

}  // namespace theater::api
