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

std::string Trap::to_string() const {
  std::string text = "trap: " + std::string(trap_code_name(code));
  if (!message.empty()) text += ": " + message;
  for (const std::string& frame : backtrace)
    text += "\n  at " + frame;
  return text;
}

}  // namespace theater::engine
