// A guest's fault: why an incarnation ended, as a value.
//
// A trap is one possible outcome of a call, like a return. It ends the incarnation in which it
// happened: the instance is never entered again. The supervisor is notified. A trap is never an
// Error of ours.
#pragma once

#include "theater/base/trap_codes.h"

#include <cstdint>
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

struct Trap {
  TrapCode code = TrapCode::kOther;
  std::string message;
  // Frames such as "counter.wasm!handle_send", innermost first; empty if no guest frame was live.
  std::vector<std::string> backtrace;

  // "trap: unreachable: …", with the backtrace on further lines.
  std::string to_string() const;
};

}  // namespace theater::engine
