// Where an actor is in its life, and what may lead from there to where.
//
//                 started      call began      call ended      ending
//   starting      idle         –               –               shutting-down
//   idle          –            processing      –               shutting-down
//   processing    –            –               idle            shutting-down
//   shutting-down –            –               –               shutting-down
//
// `processing` lasts from the beginning of a call to its end, waiting included. Nothing leads out
// of `shutting-down`.
#pragma once

#include <cstdint>
#include <string_view>

namespace theater {

enum class Phase : uint8_t { kStarting, kIdle, kProcessing, kShuttingDown };

enum class PhaseEvent : uint8_t { kStarted, kCallBegan, kCallEnded, kEnding };

// "starting", "idle", "processing", "shutting-down".
std::string_view phase_name(Phase phase);

// The table above. An event that the table has no place for is a bug of ours and aborts.
Phase next_phase(Phase phase, PhaseEvent event);

}  // namespace theater
