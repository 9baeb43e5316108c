// What people and guests are told of a limit that was reached.
#pragma once

#include "theater/engine/trap.h"
#include "theater/manifest/limits.h"

#include <string>
#include <string_view>

namespace theater {

// A limit that keeps a guest's call from being made.
struct LimitReached {
  std::string limit;  // Its key in `[limits]`, for the record.
  std::string text;   // For the guest.
};

// "call_cpu_ms = 50ms".
std::string limit_text(const ManifestLimits& limits, uint64_t ManifestLimits::* limit);

// The limit that an instance is lost for, and where: "call_cpu_ms = 50ms was reached in
// theater:simple/actor/init". Of a fault after a refused growth, what the guest had asked for: the
// record says `unreachable` or the like of it, since the guest chose what to do then. Empty if no
// limit of the actor's has to do with the trap.
std::string breach_text(const ManifestLimits& limits, const engine::Trap& trap,
                        std::string_view function);

}  // namespace theater
