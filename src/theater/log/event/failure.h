// Why an instance was lost, and how an actor ended.
#pragma once

#include "theater/log/event/payload.h"
#include "theater/wit/alternative.h"

#include <boost/describe.hpp>

#include <optional>
#include <variant>

namespace theater::log {

enum class TrapCode {
  kUnreachable,
  kMemoryOutOfBounds,
  kTableOutOfBounds,
  kBadIndirectCall,
  kIntegerOverflow,
  kIntegerDivisionByZero,
  kBadConversionToInteger,
  kStackOverflow,
  kBadValue,
  kOther,
  kHostRefused,
};
BOOST_DESCRIBE_ENUM(TrapCode, kUnreachable, kMemoryOutOfBounds, kTableOutOfBounds, kBadIndirectCall,
                    kIntegerOverflow, kIntegerDivisionByZero, kBadConversionToInteger,
                    kStackOverflow, kBadValue, kOther, kHostRefused)

enum class LimitCode { kCpu, kMemory, kTable, kInstance, kPayload, kHandles, kLog, kHost };
BOOST_DESCRIBE_ENUM(LimitCode, kCpu, kMemory, kTable, kInstance, kPayload, kHandles, kLog, kHost)

using FailedTrap = wit::Alternative<"trap", TrapCode>;
using FailedLimit = wit::Alternative<"limit", LimitCode>;
using FailedKilled = wit::Alternative<"killed">;
using FailedCrash = wit::Alternative<"crash">;
// A trap follows from the component and its inputs; the others come from outside.
using FailureCause = std::variant<FailedTrap, FailedLimit, FailedKilled, FailedCrash>;

// By its own `shutdown`, with the bytes that it gave for its parent.
using EndedCompleted = wit::Alternative<"completed", std::optional<Payload>>;
using EndedFailed = wit::Alternative<"failed">;
using EndedStopped = wit::Alternative<"stopped">;
using EndedKilled = wit::Alternative<"killed">;
using Ending = std::variant<EndedCompleted, EndedFailed, EndedStopped, EndedKilled>;

}  // namespace theater::log
