#include "theater/engine/trap.h"

namespace theater::engine {

std::string_view trap_code_name(TrapCode code) {
#define THEATER_CASE(code, name, ...) \
  case TrapCode::code:                \
    return name;
  switch (code) {
    THEATER_TRAPS(THEATER_CASE)
    THEATER_TRAP_LIMITS(THEATER_CASE)
    THEATER_TRAP_KILLS(THEATER_CASE)
  }
#undef THEATER_CASE
  return "other";
}

bool is_fault(TrapCode code) {
#define THEATER_FAULT(code, ...) \
  case TrapCode::code:           \
    return true;
  switch (code) {
    THEATER_TRAPS(THEATER_FAULT)
    default:
      return false;
  }
#undef THEATER_FAULT
}

std::string Trap::to_string(std::string_view more) const {
  std::string text = "trap: " + std::string(trap_code_name(code));
  if (!message.empty()) text += ": " + message;
  if (!more.empty()) text.append(": ").append(more);
  for (const std::string& frame : backtrace)
    text += "\n  at " + frame;
  return text;
}

}  // namespace theater::engine
