// A difference made readable: both sides as JSON, by the types that the component itself declares.
#pragma once

#include "theater/base/bytes.h"
#include "theater/engine/guest.h"
#include "theater/log/event/function_table.h"
#include "theater/replay/findings.h"
#include "theater/replay/record.h"
#include "theater/replay/replay.h"

#include <optional>
#include <span>
#include <string>

namespace theater::replay {

// What an event says was done. `functions` is the table that is current at the event, and `call`
// the function that was called, for a `returned`.
Act act_of(const RecordedEvent& event, const log::FunctionTable& functions,
           const std::string& call);

// A state for people: its digest, its length, and its text if it is short.
std::string describe_state(const std::optional<Bytes>& state);
std::string describe_state(const log::StateRef& state);
std::string describe_change(const log::StateChange& change);

// The types of a component's functions; empty if there is no component.
struct Signatures {
  std::span<const engine::FunctionDecl> imports;
  std::span<const engine::FunctionDecl> exports;
};

// A value whose type is not known, or which is not of its type, is shown as bytes.
Side render(const Act& act, const Signatures& signatures);

}  // namespace theater::replay
