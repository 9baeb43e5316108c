// Events as guests and people see them: with names, a sentence, and JSON.
//
// A view is for reading, and no code hashes it. The event's bytes are the record.
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
  // The name in the function table where the event names a function, `runtime-setup` for an
  // `instance`, `theater-runtime/<body>` for the rest.
  std::string event_type;
  std::string description;  // The sentence of describe().
  std::string data;         // The body as JSON, on one line.
};

// A sentence such as "Called theater:simple/runtime/log with 6 bytes.", on one line whatever the
// body's texts contain. A function that is not in the table appears by its number.
std::string describe(const Body& body, const FunctionTable& functions);

// How an instance was lost, such as "it trapped (unreachable)".
std::string failure_text(const FailureCause& why);

// The first eight bytes of a hash as a big-endian integer: the short form that guests see.
uint64_t short_hash(const Hash& hash);

// Makes the views of one chain in order, and so knows the current function table. Not thread-safe.
class EventViewer {
 public:
  // `functions` is the table before the first viewed event.
  explicit EventViewer(FunctionTable functions = {}) : functions_(std::move(functions)) {}

  // The view of the next event. Fails with kInvalidArgument, as decode_event() does. A function
  // that is not in the table appears by its number, under `theater-runtime/<body>`.
  Result<EventView> view(ByteView event, const Hash& hash);

  const FunctionTable& functions() const { return functions_; }

 private:
  FunctionTable functions_;
};

// The views of all kept events of a chain, oldest first.
std::vector<EventView> view_chain(const Chain& chain);

}  // namespace theater::log
