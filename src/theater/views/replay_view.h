// The outcome of a replay, with the first divergence from both sides.
#pragma once

#include "theater/replay/replay.h"
#include "theater/views/json.h"

#include <cstdint>
#include <string>

namespace theater::views {

// Whether a view shows the state that the actor ends with.
enum class ShownState : uint8_t { kHidden, kShown };

Json replay_json(const replay::Report& report, ShownState state);
std::string replay_text(const replay::Report& report, ShownState state);

}  // namespace theater::views
