// Events as guests and people see them: with names, a sentence, and JSON.
//
// A view is made for reading and is never hashed. The record itself is the event's bytes.
#pragma once

#include "theater/base/bytes.h"
#include "theater/base/hash.h"
#include "theater/base/result.h"
#include "theater/log/event/chain.h"
#include "theater/log/event/event.h"
#include "theater/log/event/function_table.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace theater::log {

struct EventView {
  uint64_t seq = 0;
  uint64_t time = 0;  // Microseconds since 1970-01-01 UTC.
  Hash hash;
  std::optional<Hash> parent;  // None for the first event of a chain.
  // `theater:simple/<interface>/<function>` where the event names a function, `runtime-setup` for
  // an `instance`, `theater-runtime/<body>` for the rest.
  std::string event_type;
  std::string description;  // A sentence, on one line.
  std::string data;         // The body as JSON, on one line.
};

// The first eight bytes of a hash as a big-endian integer: how guests see hashes in short.
uint64_t short_hash(const Hash& hash);

// Reads a chain in order, and so knows which function table is current. Not thread-safe.
class EventViewer {
 public:
  // `functions` is the table that is current before the first event to be viewed.
  explicit EventViewer(FunctionTable functions = {}) : functions_(std::move(functions)) {}

  // The view of the next event. Fails with kInvalidArgument, as decode_event() does. A function
  // that is not in the table is shown by its number, under `theater-runtime/<body>`.
  Result<EventView> view(ByteView event, const Hash& hash);

  const FunctionTable& functions() const { return functions_; }

 private:
  FunctionTable functions_;
};

// The views of all events that a chain keeps, oldest first.
std::vector<EventView> view_chain(const Chain& chain);

}  // namespace theater::log
