// The time, and waiting for it: theater:simple/timing.
//
//   THEATER_TRY_VOID(sleep_for(500));
//
// An actor that waits takes no other call meanwhile, and costs neither a thread nor time of a
// processor. The manifest must list the handler `timing`.
#pragma once

#include "theater/actor.hpp"

#include <cstdint>

namespace theater {

// Milliseconds since 1970-01-01 UTC.
uint64_t now();

// Waits so many milliseconds, which `min_sleep_duration` and `max_sleep_duration` of the manifest
// and the grant bound.
Status sleep_for(uint64_t duration_ms);

// Waits until now() is at least `timestamp_ms`; not at all if it is.
Status sleep_until(uint64_t timestamp_ms);

}  // namespace theater

#if defined(__wasm__) && !defined(THEATER_NATIVE)
#include "theater/detail/wasm_timing.hpp"
#else
#include "theater/detail/native_timing.hpp"
#endif
