#include "theater/runtime/recovery_tree.h"

#include "theater/wit/traits.h"

#include <algorithm>
#include <tuple>
#include <utility>

namespace theater {

namespace {

using ChainPhase = log::ChainGrammar::Phase;

// Whether the first start of the actor is over, its declared children included.
bool has_come_up(const RecoveryNode& node) {
  const log::OpenActor& open_actor = *node.open_actor;
  if (!open_actor.instance) return false;
  if (open_actor.life.incarnation() > 0 || open_actor.was_called) return true;
  if (!open_actor.init_done || open_actor.slots.size() < node.manifest->children.size())
    return false;
  // They come up one after the other.
  for (const RecoveryNode* child : node.children) {
    bool is_declared = child->entry && child->entry->is_declared;
    if (is_declared && !has_come_up(*child)) return false;
  }
  return true;
}

// What it said when it asked for its own end.
log::Ending own_end(const Bytes& arguments) {
  using Arguments = std::tuple<std::optional<Bytes>>;
  auto said = wit::decode<Arguments>(arguments);
  std::optional<log::Payload> data;
  if (said && std::get<0>(*said)) data = log::inline_payload(*std::get<0>(*std::move(said)));
  return log::EndedCompleted{std::move(data)};
}

// Whether its parent would give it another instance after it went down by itself.
bool comes_back(const RecoveryNode& node, bool failed) {
  bool is_root = node.parent == nullptr && node.open_actor->started;
  if (node.parent == nullptr && !is_root) return false;
  RestartKind kind = rules_for(node).restart;
  return kind == RestartKind::kPermanent || (failed && kind == RestartKind::kTransient);
}

// The reason for which the actor itself ends; none if it resumes.
std::optional<EndReason> own_fate(const RecoveryNode& node) {
  const log::OpenActor& open_actor = *node.open_actor;
  if (open_actor.is_killed) return EndReason::kKilled;
  if (open_actor.parent && node.parent == nullptr) return EndReason::kParentEnded;
  if (open_actor.parent && !node.entry) return EndReason::kUnrecorded;
  if (!has_come_up(node)) return EndReason::kFirstStart;
  if (open_actor.stop_asked) return EndReason::kStopAsked;
  bool has_left = open_actor.left && open_actor.life.phase() == ChainPhase::kIdle;
  if (has_left && !comes_back(node, false)) return EndReason::kLeft;
  bool has_failed = open_actor.lost && !std::holds_alternative<log::FailedCrash>(*open_actor.lost);
  if (has_failed && !comes_back(node, true)) return EndReason::kFailed;
  return std::nullopt;
}

log::Ending ending_for(const RecoveryNode& node, EndReason reason) {
  switch (reason) {
    case EndReason::kKilled:
    case EndReason::kUnrecorded:
    case EndReason::kParentEnded:
      return log::EndedKilled{};
    case EndReason::kFirstStart:
    case EndReason::kFailed:
      return log::EndedFailed{};
    case EndReason::kLeft:
      return own_end(*node.open_actor->left);
    case EndReason::kStopAsked:
    case EndReason::kTreeEnds:
      break;
  }
  return log::EndedStopped{};
}

void end_all_below(RecoveryNode& node, const log::Ending& how) {
  for (RecoveryNode* child : node.children) {
    if (!child->ending) child->ending = how;
    end_all_below(*child, how);
  }
}

}  // namespace

std::string_view end_reason_text(EndReason reason) {
  switch (reason) {
    case EndReason::kKilled:
      return "a caller had asked for its end by force";
    case EndReason::kStopAsked:
      return "a caller had asked it to stop";
    case EndReason::kLeft:
      return "it had asked for its own end";
    case EndReason::kFailed:
      return "it had failed, and no supervisor restarts it";
    case EndReason::kFirstStart:
      return "its first start was not over";
    case EndReason::kUnrecorded:
      return "its parent had not recorded it";
    case EndReason::kParentEnded:
      return "its parent had ended";
    case EndReason::kTreeEnds:
      break;
  }
  return "an actor above it ends";
}

bool is_loss(EndReason reason) {
  return reason == EndReason::kFirstStart || reason == EndReason::kFailed;
}

RecoveryForest recovery_forest(log::OpenActors& open_actors) {
  RecoveryForest forest;
  std::unordered_map<ActorId, RecoveryNode*> by_id;
  for (const auto& open_actor : open_actors.living) {
    auto node = std::make_unique<RecoveryNode>();
    node->open_actor = open_actor.get();
    by_id.emplace(open_actor->id, node.get());
    forest.nodes.push_back(std::move(node));
  }
  for (const auto& node : forest.nodes) {
    const auto& above = node->open_actor->parent;
    auto parent = above ? by_id.find(above->actor) : by_id.end();
    if (parent == by_id.end()) {
      forest.roots.push_back(node.get());
      continue;
    }
    node->parent = parent->second;
    node->parent->children.push_back(node.get());
    for (const log::OpenChild& entry : node->parent->open_actor->children) {
      if (entry.id == node->open_actor->id) node->entry = entry;
    }
  }
  return forest;
}

bool is_pool_member(const RecoveryNode& node) {
  if (node.parent == nullptr || !node.entry || !node.entry->slot) return false;
  const std::vector<ChildEntry>& declared = node.parent->manifest->children;
  // A slot may be a guess: a child whose `child` the recovery adds looks like a declared one.
  bool is_slot = *node.entry->slot < declared.size() &&
                 declared[*node.entry->slot].source == ChildEntry::Source::kParent;
  return is_slot && node.manifest->digest == node.parent->manifest->digest;
}

ChildRules rules_for(const RecoveryNode& node) {
  ChildRules rules;
  const std::optional<log::Started>& started = node.open_actor->started;
  if (started) rules.restart = restart_kind_from_name(started->restart).value_or(rules.restart);
  if (node.parent == nullptr || !node.parent->manifest) return rules;
  const Manifest& manifest = *node.parent->manifest;
  std::optional<size_t> slot = node.entry ? node.entry->slot : std::nullopt;
  if (slot && *slot < manifest.children.size()) return manifest.children[*slot].rules;
  rules.restart = manifest.supervision.spawned;
  return rules;
}

void decide_fates(RecoveryNode& node) {
  if (!node.ending) {
    if (std::optional<EndReason> reason = own_fate(node)) {
      node.end_reason = *reason;
      node.ending = ending_for(node, *reason);
    }
  }
  const log::OpenActor& open_actor = *node.open_actor;
  if (node.ending) {
    bool is_killed = std::holds_alternative<log::EndedKilled>(*node.ending);
    for (RecoveryNode* child : node.children)
      decide_fates(*child);
    log::Ending how = log::EndedStopped{};
    if (is_killed) how = log::EndedKilled{};
    return end_all_below(node, how);
  }
  node.starts_again = !open_actor.init_done;
  // A start that is begun again has no children yet.
  if (node.starts_again) end_all_below(node, log::EndedStopped{});
  for (RecoveryNode* child : node.children)
    decide_fates(*child);
}

}  // namespace theater
