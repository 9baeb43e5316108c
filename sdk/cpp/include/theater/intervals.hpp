// Calls at regular times: theater:timers/intervals and -handlers.
//
//   Status init(std::string_view) { return start_interval("poll", 60'000); }
//   Status handle_tick(std::string_view name, uint64_t missed);
//
//   THEATER_ACTOR(Actor)
//   THEATER_INTERVAL_HANDLERS(Actor)
//
// `handle_tick` is called once a period. A tick that is due while the one before it waits or is
// handled is left out; the next one comes at its own time, and `missed` says how many were left
// out. The name lives until the callback returns.
//
// Intervals belong to the instance: after a restart, or when the node was lost and recovered, none
// runs until the actor starts it again. The manifest must list the handler `timing`.
#pragma once

#include "theater/actor.hpp"

#include <cstdint>
#include <string_view>

namespace theater {

// Fails if an interval of that name runs; `min_sleep_duration` and `max_sleep_duration` bound the
// period.
Status start_interval(std::string_view name, uint64_t every_ms);

// A tick that waits already is still delivered. Fails if no interval of that name runs.
Status stop_interval(std::string_view name);

}  // namespace theater

#include "theater/detail/interval_callbacks.hpp"

#if defined(__wasm__) && !defined(THEATER_NATIVE)
#include "theater/detail/wasm_intervals.hpp"
#else
#include "theater/detail/native_intervals.hpp"
#endif

// At namespace scope, once, after THEATER_ACTOR(Actor).
#define THEATER_INTERVAL_HANDLERS(Actor) THEATER_DETAIL_INTERVAL_HANDLERS(Actor)
