// The supervision trees that a log left open, and the decision about each of their actors.
//
// An actor resumes if it had come up and its end was not decided. Otherwise recovery ends it. If
// its first start was not over, no caller knew of it. If a caller had asked it to stop, or it had
// asked for its own end, it would have ended by now. An actor that ends takes all actors below it
// along. A tree resumes as a whole or not at all: if one of its actors cannot resume, the tree
// stays as the log has it until the next start of a node.
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

// The reason for which recovery ends an actor.
enum class EndReason : uint8_t {
  kKilled,       // A caller had asked for its end by force.
  kStopAsked,    // A caller had asked it to stop.
  kLeft,         // It had asked for its own end.
  kFailed,       // It had failed, and no supervisor restarts it.
  kFirstStart,   // Its first start was not over, so no caller outside knew of it.
  kUnrecorded,   // Its parent had not recorded it.
  kParentEnded,  // Its parent had ended.
  kTreeEnds,     // It ends with an actor above it.
};

// A clause for people, such as "its first start was not over".
std::string_view end_reason_text(EndReason reason);

// Whether the end was decided by the loss of the node, and not before it.
bool is_loss(EndReason reason);

// One actor of a tree.
struct RecoveryNode {
  log::OpenActor* open_actor = nullptr;
  RecoveryNode* parent = nullptr;       // None for a root.
  std::vector<RecoveryNode*> children;  // In the order of their geneses.
  // The parent's entry for it; none if the parent has not recorded it.
  std::optional<log::OpenChild> entry = {};

  std::optional<Manifest> manifest;  // Filled in before decide_fates().
  // The end that decide_fates() chose; none if the actor resumes.
  std::optional<log::Ending> ending = {};
  EndReason end_reason = EndReason::kTreeEnds;  // Valid for an actor that ends.
  // The start of its last instance was not over, so it resumes from where that start began.
  bool starts_again = false;

  bool resumes() const { return !ending.has_value(); }
};

// Owns the nodes; `roots` in the order of their geneses. An actor whose parent has ended is a root.
struct RecoveryForest {
  std::vector<std::unique_ptr<RecoveryNode>> nodes;
  std::vector<RecoveryNode*> roots;
};

// `open_actors` outlives the forest.
RecoveryForest recovery_forest(log::OpenActors& open_actors);

// The rules of the actor's supervisor: those in its parent's manifest, or for a root those in its
// `started`.
ChildRules rules_for(const RecoveryNode& node);

// Whether its parent's `[http] instances` started it. Both manifests are known.
bool is_pool_member(const RecoveryNode& node);

// Decides for the node and all actors below it.
void decide_fates(RecoveryNode& node);

}  // namespace theater
