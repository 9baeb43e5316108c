// The cause of a lost instance, and the way in which an actor ended.
#pragma once

#include "theater/base/trap_codes.h"
#include "theater/log/event/payload.h"
#include "theater/wit/alternative.h"

#include <boost/describe.hpp>

#include <optional>
#include <variant>

namespace theater::log {

#define THEATER_ENUMERATOR(code, ...) code,
#define THEATER_LISTED(code, ...) , code
#define THEATER_DESCRIBE(...) BOOST_DESCRIBE_ENUM(__VA_ARGS__)
// `trap-code`: the faults of base/trap_codes.h that follow from the component and its inputs.
enum class TrapCode { THEATER_TRAPS(THEATER_ENUMERATOR) };
THEATER_DESCRIBE(TrapCode THEATER_TRAPS(THEATER_LISTED))
#undef THEATER_ENUMERATOR
#undef THEATER_LISTED
#undef THEATER_DESCRIBE

enum class LimitCode { kCpu, kMemory, kTable, kInstance, kPayload, kHandles, kLog, kHost };
BOOST_DESCRIBE_ENUM(LimitCode, kCpu, kMemory, kTable, kInstance, kPayload, kHandles, kLog, kHost)

using FailedTrap = wit::Alternative<"trap", TrapCode>;
using FailedLimit = wit::Alternative<"limit", LimitCode>;
using FailedKilled = wit::Alternative<"killed">;
using FailedCrash = wit::Alternative<"crash">;
// A trap follows from the component and its inputs; the other causes come from outside.
using FailureCause = std::variant<FailedTrap, FailedLimit, FailedKilled, FailedCrash>;

// The actor called `shutdown`, with these bytes for its parent.
using EndedCompleted = wit::Alternative<"completed", std::optional<Payload>>;
using EndedFailed = wit::Alternative<"failed">;
using EndedStopped = wit::Alternative<"stopped">;
using EndedKilled = wit::Alternative<"killed">;
using Ending = std::variant<EndedCompleted, EndedFailed, EndedStopped, EndedKilled>;

}  // namespace theater::log
