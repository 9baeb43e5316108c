// A guest's fault: why an incarnation ended, as a value.
//
// A trap is part of what a call may lead to, like a return. It ends the incarnation it happened in
// (the instance is never entered again) and tells the supervisor; it is never an Error of ours.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace theater::engine {

// Stable names: they are hashed into the record of a failed call.
enum class TrapCode : uint8_t {
  // The guest did something WebAssembly forbids.
  kUnreachable,
  kMemoryOutOfBounds,
  kTableOutOfBounds,
  kBadIndirectCall,
  kIntegerOverflow,
  kIntegerDivisionByZero,
  kBadConversionToInteger,
  kStackOverflow,
  // It broke the component model's rules: a pointer outside its memory, text that is not UTF-8, a
  // discriminant without a case, an import called while it must not be.
  kBadValue,
  // It answered a call in a way its own type does not allow, or faulted in a way without its own
  // code.
  kOther,
  // A host function refused in a way that its type cannot say.
  kHostRefused,

  // It reached one of its limits.
  kCpuLimit,
  kMemoryLimit,
  kTableLimit,
  kInstanceLimit,
  kPayloadLimit,
  // The host ran out of something (address space, memory), through no fault of the guest.
  kHostShortage,

  // Somebody ended it from outside.
  kKilled,

  // One of its calls took too long, waiting included. The engine knows CPU time only: this comes
  // from whoever runs the guest.
  kTimeLimit,
};

// "unreachable", "memory-out-of-bounds", … as in the log's WIT.
std::string_view trap_code_name(TrapCode code);

enum class TrapClass : uint8_t { kTrap, kLimit, kKilled };
TrapClass trap_class(TrapCode code);

struct Trap {
  TrapCode code = TrapCode::kOther;
  std::string message;
  // Innermost first, such as "counter.wasm!handle_send"; empty if no guest frame was live.
  std::vector<std::string> backtrace;

  // "trap: unreachable: …" with the backtrace on further lines.
  std::string to_string() const;
};

}  // namespace theater::engine
