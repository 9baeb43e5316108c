// A guest's fault: why an incarnation ended, as a value.
//
// A trap is one possible outcome of a call, like a return. It ends the incarnation in which it
// happened: the instance is never entered again. The supervisor is notified. A trap is never an
// Error of ours.
#pragma once

#include "theater/base/trap_codes.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace theater::engine {

#define THEATER_ENUMERATOR(code, ...) code,
// One enumerator a row of base/trap_codes.h.
enum class TrapCode : uint8_t {
  THEATER_TRAPS(THEATER_ENUMERATOR) THEATER_TRAP_LIMITS(THEATER_ENUMERATOR)
      THEATER_TRAP_KILLS(THEATER_ENUMERATOR)
};
#undef THEATER_ENUMERATOR

// The stable name, such as "memory-out-of-bounds".
std::string_view trap_code_name(TrapCode code);

// Whether this is a fault that follows from the component and its inputs: neither a limit nor an
// end from outside.
bool is_fault(TrapCode code);

// Growth of memory or of a table that the limits did not allow. The guest was told -1, and few
// guests are made for that answer.
struct RefusedGrowth {
  TrapCode limit = TrapCode::kMemoryLimit;  // Or kTableLimit.
  uint64_t wanted = 0;  // Bytes of all memories, or elements of all tables, had it been allowed.

  bool operator==(const RefusedGrowth&) const = default;
};

struct Trap {
  TrapCode code = TrapCode::kOther;
  std::string message;
  // Frames such as "counter.wasm!handle_send", innermost first; empty if no guest frame was live.
  std::vector<std::string> backtrace;
  // The last growth that was refused in the activation that failed. It is often the reason for a
  // fault, so people see it; no record has it.
  std::optional<RefusedGrowth> refused = std::nullopt;

  // "trap: unreachable: …", then `more` if there is any, and the backtrace on further lines.
  std::string to_string(std::string_view more = {}) const;
};

}  // namespace theater::engine
