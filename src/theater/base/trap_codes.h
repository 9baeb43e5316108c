// The one table of the ways in which a guest loses its instance.
//
// Each code stands here once. The engine's enum and its names, the record's enum, and the
// conversion between the two are made from these lists. The order is part of two interfaces: it
// gives the numbers of the engine's C header, and those of `trap-code` in the record.
#pragma once

// Faults that follow from the component and its inputs: X(code, name, suffix in the C header).
//
// The first eight are forbidden by WebAssembly. A bad value breaks the component model's rules: a
// pointer outside the guest's memory, text that is not UTF-8, a discriminant without a case, or an
// import called while no import may be called. `other` is an answer that the guest's own type does
// not allow, or a fault without a code of its own. `host-refused` is a refusal by a host function
// that the function's type cannot express.
#define THEATER_TRAPS(X)                                                             \
  X(kUnreachable, "unreachable", UNREACHABLE)                                        \
  X(kMemoryOutOfBounds, "memory-out-of-bounds", MEMORY_OUT_OF_BOUNDS)                \
  X(kTableOutOfBounds, "table-out-of-bounds", TABLE_OUT_OF_BOUNDS)                   \
  X(kBadIndirectCall, "bad-indirect-call", BAD_INDIRECT_CALL)                        \
  X(kIntegerOverflow, "integer-overflow", INTEGER_OVERFLOW)                          \
  X(kIntegerDivisionByZero, "integer-division-by-zero", INTEGER_DIVISION_BY_ZERO)    \
  X(kBadConversionToInteger, "bad-conversion-to-integer", BAD_CONVERSION_TO_INTEGER) \
  X(kStackOverflow, "stack-overflow", STACK_OVERFLOW)                                \
  X(kBadValue, "bad-value", BAD_VALUE)                                               \
  X(kOther, "other", OTHER)                                                          \
  X(kHostRefused, "host-refused", HOST_REFUSED)

// Limits that the guest reached: X(code, name, suffix in the C header, the record's limit). The
// host shortage is one of address space or memory, without a fault of the guest.
#define THEATER_TRAP_LIMITS(X)                                   \
  X(kCpuLimit, "cpu-limit", CPU_LIMIT, kCpu)                     \
  X(kMemoryLimit, "memory-limit", MEMORY_LIMIT, kMemory)         \
  X(kTableLimit, "table-limit", TABLE_LIMIT, kTable)             \
  X(kInstanceLimit, "instance-limit", INSTANCE_LIMIT, kInstance) \
  X(kPayloadLimit, "payload-limit", PAYLOAD_LIMIT, kPayload)     \
  X(kHostShortage, "host-shortage", HOST_SHORTAGE, kHost)

// Ends from outside: X(code, name). The engine knows CPU time only, so the runner of the guest
// reports `time-limit`: a call took too long, waiting included. The record has both as a kill; a
// `control` event names the cause.
#define THEATER_TRAP_KILLS(X) \
  X(kKilled, "killed")        \
  X(kTimeLimit, "time-limit")
