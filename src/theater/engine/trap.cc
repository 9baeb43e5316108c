#include "theater/engine/trap.h"

namespace theater::engine {

std::string_view trap_code_name(TrapCode code) {
  switch (code) {
    case TrapCode::kUnreachable:
      return "unreachable";
    case TrapCode::kMemoryOutOfBounds:
      return "memory-out-of-bounds";
    case TrapCode::kTableOutOfBounds:
      return "table-out-of-bounds";
    case TrapCode::kBadIndirectCall:
      return "bad-indirect-call";
    case TrapCode::kIntegerOverflow:
      return "integer-overflow";
    case TrapCode::kIntegerDivisionByZero:
      return "integer-division-by-zero";
    case TrapCode::kBadConversionToInteger:
      return "bad-conversion-to-integer";
    case TrapCode::kStackOverflow:
      return "stack-overflow";
    case TrapCode::kBadValue:
      return "bad-value";
    case TrapCode::kOther:
      return "other";
    case TrapCode::kHostRefused:
      return "host-refused";
    case TrapCode::kCpuLimit:
      return "cpu-limit";
    case TrapCode::kMemoryLimit:
      return "memory-limit";
    case TrapCode::kTableLimit:
      return "table-limit";
    case TrapCode::kInstanceLimit:
      return "instance-limit";
    case TrapCode::kPayloadLimit:
      return "payload-limit";
    case TrapCode::kHostShortage:
      return "host-shortage";
    case TrapCode::kKilled:
      return "killed";
    case TrapCode::kTimeLimit:
      return "time-limit";
  }
  return "other";
}

TrapClass trap_class(TrapCode code) {
  switch (code) {
    case TrapCode::kCpuLimit:
    case TrapCode::kMemoryLimit:
    case TrapCode::kTableLimit:
    case TrapCode::kInstanceLimit:
    case TrapCode::kPayloadLimit:
    case TrapCode::kHostShortage:
    case TrapCode::kTimeLimit:
      return TrapClass::kLimit;
    case TrapCode::kKilled:
      return TrapClass::kKilled;
    default:
      return TrapClass::kTrap;
  }
}

std::string Trap::to_string() const {
  std::string text = "trap: " + std::string(trap_code_name(code));
  if (!message.empty()) text += ": " + message;
  for (const std::string& frame : backtrace)
    text += "\n  at " + frame;
  return text;
}

}  // namespace theater::engine
