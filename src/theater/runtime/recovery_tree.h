// The supervision trees that a log left open, and what becomes of each of their actors.
//
// An actor goes on if it had come up and nobody had decided its end. Otherwise its end is made
// good: one whose first start was not over was never told of to anybody; one that was asked to
// stop, or had asked for it itself, would have ended by now; and what ends takes along whatever is
// below it. A tree goes on as a whole or not at all: if one of its actors cannot, it stays as the
// log has it, until the next try.
#pragma once

#include "theater/log/recovery/open_actor.h"
#include "theater/manifest/manifest.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace theater {

// Why recovery ends an actor.
enum class EndReason : uint8_t {
  kKilled,       // Somebody had asked for its end by force.
  kStopAsked,    // Somebody had asked it to stop.
  kLeft,         // It had asked for its own end.
  kFailed,       // It had failed, and nobody restarts it.
  kFirstStart,   // Its first start was not over: nobody outside had been told of it.
  kUnrecorded,   // Its parent had not recorded it.
  kParentEnded,  // Its parent had ended.
  kTreeEnds,     // It ends with an actor above it.
};

// For people: "its first start was not over".
std::string_view end_reason_text(EndReason reason);

// Whether nobody had decided this end before the node was lost.
bool is_loss(EndReason reason);

// One actor of a tree.
struct RecoveryNode {
  log::OpenActor* open_actor = nullptr;
  RecoveryNode* parent = nullptr;       // None for a root.
  std::vector<RecoveryNode*> children;  // In the order of their geneses.
  // How its parent knows it; none if the parent has not recorded it.
  std::optional<log::OpenChild> entry = {};

  std::optional<Manifest> manifest;  // Filled in before decide_fates().
  // What decide_fates() says: how it ends; none if it goes on.
  std::optional<log::Ending> ending = {};
  EndReason end_reason = EndReason::kTreeEnds;  // Of an actor that ends.
  // It goes on from where the start of its last instance began, which was not over.
  bool starts_again = false;

  bool goes_on() const { return !ending.has_value(); }
};

// Owns the nodes; `roots` in the order of their geneses. An actor whose parent has ended is a root.
struct RecoveryForest {
  std::vector<std::unique_ptr<RecoveryNode>> nodes;
  std::vector<RecoveryNode*> roots;
};

// `standings` outlives what is returned.
RecoveryForest recovery_forest(log::OpenActors& open_actors);

// How an actor is looked after, as its parent's manifest says, or for a root its `started`.
ChildRules rules_for(const RecoveryNode& node);

// Decides for the node and everybody below it.
void decide_fates(RecoveryNode& node);

}  // namespace theater
