// A living actor, or one that ended a short time ago, as the node knows it.
#pragma once

#include "theater/actor/cell/actor_status.h"
#include "theater/actor/cell/metrics.h"
#include "theater/base/id.h"
#include "theater/runtime/runtime.h"
#include "theater/views/json.h"

#include <array>
#include <optional>
#include <string>
#include <string_view>

namespace theater::views {

struct LiveActor {
  ActorId id;
  ActorFacts facts;
  ActorStatus status;
  ActorMetrics metrics;
  std::optional<RootInfo> root = {};  // Of one that the operator started.

  // The operator's name for the actor, else that of its manifest.
  const std::string& name() const;
};

// The states of an actor, as clients know them.
inline constexpr std::array<std::string_view, 7> kStateWords{
    "Starting", "Idle", "Processing", "Paused", "ShuttingDown", "Stopped", "Failed"};

// One of them.
std::string_view state_word(const ActorStatus& status);

// Fails with kNotFound.
Result<LiveActor> live_actor(const Runtime& runtime, const ActorId& id);

Json live_actor_json(const LiveActor& actor);

// "completed", "failed", "stopped" or "killed".
std::string_view ending_name(const log::Ending& how);

// The value that the actor passed to its own shutdown. Borrows from `how`.
std::optional<ByteView> final_data(const log::Ending& how);

// How an actor ended: its form, what it passed to its own shutdown, and the failure.
Json end_json(const EndReport& end);

}  // namespace theater::views
