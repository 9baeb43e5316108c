// Starting and stopping other actors, the caller's children: theater:simple/supervisor.
//
//   Result<std::string> id = spawn_child("workers/manifest.toml", R"({"part": 7})");
//   if (!id) return fail(id.error());
//
// A child ends when its parent does. The manifest must list the handler `supervisor`.
#pragma once

#include "theater/actor.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace theater {

// Starts a child and waits until its `init` has returned; meanwhile this actor takes nothing else.
// Answers with its id, or why there is none. `manifest` is the path of a manifest, or its text;
// files are read under this actor's own filesystem grant. `init_bytes` is the child's initial
// state: JSON goes over that of its manifest.
Result<std::string> spawn_child(std::string_view manifest,
                                std::optional<std::string_view> init_bytes = std::nullopt);

// Ends a child when its current call has returned, and answers when it has ended.
Status stop_child(std::string_view child_id);

// The ids of the children that have not ended, oldest first.
std::vector<std::string> list_children();

}  // namespace theater

#if defined(__wasm__) && !defined(THEATER_NATIVE)
#include "theater/detail/wasm_supervisor.hpp"
#else
#include "theater/detail/native_supervisor.hpp"
#endif
