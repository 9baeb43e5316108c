// The caller of the call in progress: theater:messages/callers.
//
//   Status handle_send(std::string_view message) {
//     if (get_caller() != Caller::client("token ci")) return fail("only ci may deploy");
//     …
//   }
//
// The caller is another actor, a client of the node, or the runtime, which calls `init` and reports
// on children. A call of a handler, such as handle_tick, has none. The manifest lists nothing for
// this header.
#pragma once

#include "theater/actor.hpp"
#include "theater/detail/caller.hpp"

#include <optional>

namespace theater {

// The same during the whole call, before and after each wait.
std::optional<Caller> get_caller();

}  // namespace theater

#if defined(__wasm__) && !defined(THEATER_NATIVE)
#include "theater/detail/wasm_callers.hpp"
#else
#include "theater/detail/native_callers.hpp"
#endif
