#include "theater/runtime/recovery.h"

#include "theater/actor/cell/cell.h"
#include "theater/base/check.h"
#include "theater/base/log.h"
#include "theater/log/check/message_ledger.h"
#include "theater/log/recovery/open_actor.h"
#include "theater/runtime/chain_repair.h"
#include "theater/runtime/initial_state.h"
#include "theater/runtime/recovered_holdings.h"
#include "theater/runtime/recovered_state.h"
#include "theater/runtime/recovery_tree.h"
#include "theater/runtime/redelivery.h"
#include "theater/runtime/references.h"

#include <algorithm>
#include <tuple>
#include <unordered_map>
#include <utility>
#include <vector>

namespace theater {

// An actor that resumes, before it does.
struct Recovery::RecoveredActor {
  std::shared_ptr<const ActorTemplate> common;
  std::optional<Bytes> state;
  std::optional<log::Chain> chain;
  std::unique_ptr<ActorHoldings> holdings;
  std::vector<Message> messages;       // Accepted for it, and not received.
  std::optional<Bytes> initial_state;  // Of an actor that may be restarted, or has a pool.
  std::shared_ptr<ActorCell> cell;
};

// The parts of an actor's repair that come from the log.
struct Recovery::RepairFacts {
  std::optional<BudgetUse> use;  // Of an actor that ends and that a budget counts.
  // The use of the child whose end is the actor's last event, and the position of that event.
  std::optional<uint64_t> last_child_ended;
  log::HeldBudget last_child_used;
  // Ends that the actor's chain lacks, of children that have ended or had no chain on disk.
  struct LostChild {
    log::ChildEnded body;
    log::HeldBudget used;
  };
  std::vector<LostChild> lost_children;
};

class Recovery::Recoverer {
 public:
  Recoverer(const RecoveryParts& parts, const RecoveryRequest& request)
      : parts_(parts),
        request_(request),
        states_(request_.log, request_.components, parts.recording.blobs, request_.progress) {}

  Result<void> prepare();
  bool anything() const { return !forest_.nodes.empty(); }
  std::vector<RecoveredRoot> roots() const;
  const std::vector<UnrecoverableTree>& lost() const { return report_.lost; }
  Result<RecoveryReport> run(const CameUp& came_up);

 private:
  // Reads and computes; nothing is recorded.
  Result<void> prepare(RecoveryNode& node);
  Result<void> read_manifests(RecoveryNode& node);
  Result<Manifest> read_manifest(const log::OpenActor& open_actor) const;
  // What the placeholders of its manifest were filled in from.
  Result<Bytes> read_context(const log::OpenActor& open_actor, const Reference& reference) const;
  Result<void> prepare_one(const RecoveryNode& node);
  Result<void> read_repair_facts(const RecoveryNode& node);
  Result<RepairFacts> repair_facts_of(const RecoveryNode& node);

  // Records, and makes cells. Reads nothing.
  Result<void> repair(RecoveryNode& node, const CameUp& came_up);
  void close_children(RecoveryNode& node, ChainRepair& chain);
  void end(RecoveryNode& node);
  EndedActor ended_actor(const RecoveryNode& node) const;
  Result<void> bring_back(RecoveryNode& node, const CameUp& came_up);
  // Budgets that an ended child counts against, and whether one of them counts a part of its use.
  bool has_budget(const RecoveryNode& node) const;
  bool counts(const RecoveryNode& node, const log::HeldBudget& used) const;
  Result<log::HeldBudget> use_of_ended(const RecoveryNode& parent, const ActorId& child) const;
  bool is_counted(const RecoveryNode& node) const {
    return node.parent != nullptr && has_budget(*node.parent);
  }
  void add_last_child(const RecoveryNode& node, ChainRepair& chain);
  void settle_slots(const RecoveryNode& node);
  Result<std::shared_ptr<ActorCell>> make_cell(const RecoveryNode& node, log::Chain chain,
                                               const CameUp& came_up);
  Result<std::vector<Message>> undelivered(const log::OpenActor& open_actor);
  void deliver(RecoveredActor& comeback);
  // What can be told of an actor from its manifest's digest.
  struct Glance {
    log::Durability durability = log::Durability::kSync;
    StateMode state = StateMode::kHeap;
  };
  Glance glance_at(const Hash& manifest);

  const RecoveryParts parts_;
  const RecoveryRequest request_;
  RecoveredStates states_;
  log::OpenActors open_actors_;
  RecoveryForest forest_;
  std::vector<RecoveryNode*> roots_;  // Of the trees that continue, or are ended, as a whole.
  std::unordered_map<const RecoveryNode*, RecoveredActor> comebacks_;
  std::unordered_map<const RecoveryNode*, RepairFacts> repair_facts_;
  struct Ended {
    Hash head;
    log::HeldBudget used;  // Empty if no budget counts it.
  };
  std::unordered_map<const RecoveryNode*, Ended> ended_;
  std::unordered_map<Hash, Glance> glances_;
  RecoveryReport report_;
};

Result<void> Recovery::Recoverer::prepare() {
  log::SnapshotUse snapshots;
  snapshots.is_likely = [this](const Hash& manifest) {
    return glance_at(manifest).state == StateMode::kExplicit;
  };
  snapshots.read_state = [this](const log::StateRef& state) { return states_.stored(state); };
  open_actors_ =
      THEATER_TRY_CONTEXT(log::read_open_actors(request_.log, snapshots), "reading the log");
  forest_ = recovery_forest(open_actors_);
  for (RecoveryNode* root : forest_.roots) {
    Result<void> prepared = prepare(*root);
    if (prepared) {
      roots_.push_back(root);
    } else {
      report_.lost.push_back({root->open_actor->id, root->open_actor->name,
                              root->open_actor->manifest, std::move(prepared).error()});
    }
  }
  return {};
}

std::vector<RecoveredRoot> Recovery::Recoverer::roots() const {
  std::vector<RecoveredRoot> roots;
  for (const RecoveryNode* root : roots_) {
    if (root->resumes()) roots.push_back({root->open_actor->id, comebacks_.at(root).common});
  }
  return roots;
}

Result<RecoveryReport> Recovery::Recoverer::run(const CameUp& came_up) {
  for (RecoveryNode* root : roots_)
    THEATER_TRY_VOID(repair(*root, came_up));
  for (const auto& node : forest_.nodes) {
    RecoveredActor& comeback = comebacks_[node.get()];
    if (comeback.cell) deliver(comeback);
  }
  report_.roots = roots();
  report_.replayed = states_.replayed();
  for (const RecoveryNode* root : roots_) {
    if (const auto& cell = comebacks_[root].cell) cell->begin();
  }
  return std::move(report_);
}

Result<void> Recovery::Recoverer::prepare(RecoveryNode& node) {
  THEATER_TRY_VOID(read_manifests(node));
  decide_fates(node);
  THEATER_TRY_VOID(prepare_one(node));
  return read_repair_facts(node);
}

Result<void> Recovery::Recoverer::read_manifests(RecoveryNode& node) {
  node.manifest = THEATER_TRY_CONTEXT(read_manifest(*node.open_actor), "the manifest of actor {}",
                                      node.open_actor->id.to_string());
  for (RecoveryNode* child : node.children) {
    THEATER_TRY_VOID(read_manifests(*child));
    if (is_pool_member(*child))
      child->manifest = pool_member(*std::move(child->manifest), child->open_actor->name);
  }
  return {};
}

Result<Manifest> Recovery::Recoverer::read_manifest(const log::OpenActor& open_actor) const {
  if (!open_actor.manifest) return fail(ErrorCode::kCorrupt, "its chain names none");
  Bytes text = THEATER_TRY(parts_.recording.blobs.get(*open_actor.manifest));
  ManifestPlace place{"/"};
  if (const ManifestOrigins* origins = parts_.recording.origins)
    place = origins->place_of(*open_actor.manifest);
  std::string name = open_actor.manifest->to_string();
  ManifestSource source{as_text(text), name, place};
  Manifest manifest;
  if (open_actor.manifest != open_actor.first_manifest) {
    manifest = THEATER_TRY(resolve_manifest(source, std::nullopt));
  } else if (open_actor.init_ran_first) {
    std::optional<Bytes> first = THEATER_TRY(states_.stored(open_actor.initial_state));
    manifest = THEATER_TRY(resolve_manifest(source, first));
  } else {
    // It began from the state of another actor, and its placeholders were filled in without that.
    auto read = [&](const Reference& reference) { return read_context(open_actor, reference); };
    ActorStart start = THEATER_TRY(resolve_start(source, std::nullopt, read, GivenState::kAsItIs));
    manifest = std::move(start.manifest);
  }
  manifest.name = open_actor.name;
  return manifest;
}

// Returns the text that the start read. A home of an earlier version does not have it; then this
// reads it again, but from no server, because a recovery must not depend on one.
Result<Bytes> Recovery::Recoverer::read_context(const log::OpenActor& open_actor,
                                                const Reference& reference) const {
  const Recording& recording = parts_.recording;
  if (recording.origins != nullptr) {
    if (auto context = recording.origins->context_of(*open_actor.manifest))
      return recording.blobs.get(*context);
  }
  ReferenceReader reader{.stores = recording.stores, .blobs = &recording.blobs};
  reader.fetch = [](const Url& url, const FetchOptions&) -> Result<Fetched> {
    return fail(ErrorCode::kUnavailable, "a recovery does not read {} again", url.to_string());
  };
  return read_reference(reference, Referred::kState, reader);
}

// Parents come first: what a child may do is below what they may.
Result<void> Recovery::Recoverer::prepare_one(const RecoveryNode& node) {
  if (!node.resumes()) return {};
  log::OpenActor& open_actor = *node.open_actor;
  auto context = [&] {
    return fmt::format("actor {} (`{}`)", open_actor.id.to_string(), open_actor.name);
  };
  RecoveredActor& comeback = comebacks_[&node];
  ParentRights rights;
  const Policy* policy = &request_.policy;
  std::optional<Policy> own_policy;
  if (open_actor.started && node.parent == nullptr) {
    // Its manifest came from a client.
    rights.is_uploaded = true;
    // The grants of the start, or of the newest update, hold for the recorded component, which
    // prepare() takes.
    const auto& grants =
        open_actor.updated ? open_actor.updated->grants : open_actor.started->grants;
    own_policy = THEATER_TRY_CONTEXT(with_grants(*policy, grants), "{}", context());
    policy = &*own_policy;
  }
  if (node.parent != nullptr) {
    const ActorTemplate& above = *comebacks_.at(node.parent).common;
    policy = &above.policy;
    rights.permissions = &above.permissions;
    rights.reader = node.entry->is_declared ? above.reader : above.permissions;
  }
  const log::Instance& instance = *open_actor.instance;
  SpawnAttempt attempt = parts_.spawner.whole_attempt();
  comeback.common = THEATER_TRY_CONTEXT(parts_.spawner.prepare(*node.manifest, instance.component,
                                                               *policy, std::move(rights), attempt),
                                        "{}", context());
  RecoveredHoldings holdings(*comeback.common->binding);
  replay::Report report =
      THEATER_TRY_CONTEXT(states_.replay(open_actor, holdings), "{}", context());
  comeback.holdings = holdings.take();
  comeback.holdings->lose_call();
  comeback.chain = std::move(report.chain);
  comeback.state = std::move(report.state);
  if (node.starts_again) {
    comeback.state = THEATER_TRY_CONTEXT(states_.stored(instance.state),
                                         "{}: the state that it "
                                         "starts from",
                                         context());
  }
  if (node.parent != nullptr || open_actor.started || node.manifest->has_pool()) {
    comeback.initial_state = THEATER_TRY_CONTEXT(states_.stored(open_actor.initial_state),
                                                 "{}: the state that it began with", context());
  }
  if (comeback.state && parts_.spawner.keeps(*comeback.common)) {
    (void)THEATER_TRY_CONTEXT(parts_.recording.blobs.put(*comeback.state), "{}: its state",
                              context());
  }
  comeback.messages = THEATER_TRY_CONTEXT(undelivered(open_actor), "a message to {}", context());
  for (const RecoveryNode* child : node.children)
    THEATER_TRY_VOID(prepare_one(*child));
  return {};
}

// A read that failed in the middle of a repair would leave actors that never begin.
Result<void> Recovery::Recoverer::read_repair_facts(const RecoveryNode& node) {
  const log::OpenActor& open_actor = *node.open_actor;
  repair_facts_[&node] =
      THEATER_TRY_CONTEXT(repair_facts_of(node), "what ended below actor {} (`{}`)",
                          open_actor.id.to_string(), open_actor.name);
  for (const RecoveryNode* child : node.children)
    THEATER_TRY_VOID(read_repair_facts(*child));
  return {};
}

Result<Recovery::RepairFacts> Recovery::Recoverer::repair_facts_of(const RecoveryNode& node) {
  const log::OpenActor& open_actor = *node.open_actor;
  RepairFacts facts;
  const BudgetUse* use = nullptr;
  if (node.resumes()) {
    use = &comebacks_.at(&node).holdings->budget();
  } else if (is_counted(node)) {
    facts.use = THEATER_TRY(read_budget_use(request_.log, open_actor.id, open_actor.position.seq));
    use = &*facts.use;
  }
  if (use != nullptr && use->last_child_ended()) {
    facts.last_child_ended = use->last_child_ended();
    facts.last_child_used = THEATER_TRY(use_of_ended(node, use->last_child()));
  }
  for (const log::OpenChild& entry : node.open_actor->children) {
    bool is_living = std::any_of(node.children.begin(), node.children.end(),
                                 [&](const auto* one) { return one->open_actor->id == entry.id; });
    if (is_living) continue;
    auto orphan = std::find_if(open_actors_.orphans.begin(), open_actors_.orphans.end(),
                               [&](const log::Orphan& one) { return one.id == entry.id; });
    if (orphan == open_actors_.orphans.end()) {
      // Its chain was in memory only.
      facts.lost_children.push_back({{entry.id, entry.genesis, log::EndedKilled{}}, {}});
      continue;
    }
    log::Event terminated = THEATER_TRY(read_event(request_.log, orphan->index));
    auto* end = std::get_if<log::Terminated>(&terminated.body);
    THEATER_CHECK(end != nullptr, "an end that is none");
    log::HeldBudget used = THEATER_TRY(use_of_ended(node, entry.id));
    facts.lost_children.push_back({{entry.id, orphan->head, std::move(end->how)}, std::move(used)});
  }
  return facts;
}

Result<void> Recovery::Recoverer::repair(RecoveryNode& node, const CameUp& came_up) {
  if (node.resumes()) return bring_back(node, came_up);
  end(node);
  return {};
}

// What its chain lacks of its children: those that it has not recorded, and those that are gone.
void Recovery::Recoverer::close_children(RecoveryNode& node, ChainRepair& chain) {
  for (auto child = node.children.rbegin(); child != node.children.rend(); ++child) {
    if ((*child)->resumes()) continue;
    const log::OpenActor& open_actor = *(*child)->open_actor;
    if (!(*child)->entry) chain.record(log::Child{open_actor.id, open_actor.genesis});
    end(**child);
    const Ended& ended = ended_.at(*child);
    chain.end_child({open_actor.id, ended.head, *(*child)->ending}, ended.used);
  }
  for (RepairFacts::LostChild& lost : repair_facts_.at(&node).lost_children)
    chain.end_child(std::move(lost.body), lost.used);
}

bool Recovery::Recoverer::counts(const RecoveryNode& node, const log::HeldBudget& used) const {
  if (theater::counts(node.manifest->budget, used)) return true;
  return node.parent != nullptr ? counts(*node.parent, used)
                                : theater::counts(request_.policy.root_budget(), used);
}

bool Recovery::Recoverer::has_budget(const RecoveryNode& node) const {
  if (!node.manifest->budget.empty()) return true;
  return node.parent != nullptr ? has_budget(*node.parent) : !request_.policy.root_budget().empty();
}

// Of a child that kept nothing on disk, no use is known.
Result<log::HeldBudget> Recovery::Recoverer::use_of_ended(const RecoveryNode& parent,
                                                          const ActorId& child) const {
  if (!has_budget(parent) || request_.log.find(child) == nullptr) return log::HeldBudget();
  BudgetUse use = THEATER_TRY(read_budget_use(request_.log, child));
  log::HeldBudget used = use.used();
  return counts(parent, used) ? used : log::HeldBudget();
}

// The node was lost between the end of a child and the note of its use.
void Recovery::Recoverer::add_last_child(const RecoveryNode& node, ChainRepair& chain) {
  const RepairFacts& facts = repair_facts_.at(&node);
  if (facts.last_child_ended) chain.add_child_use(*facts.last_child_ended, facts.last_child_used);
}

void Recovery::Recoverer::end(RecoveryNode& node) {
  const log::OpenActor& open_actor = *node.open_actor;
  std::optional<BudgetUse>& use = repair_facts_.at(&node).use;
  ChainRepair chain(parts_.services, open_actor, *node.manifest, use ? &*use : nullptr);
  add_last_child(node, chain);
  chain.close_call();
  close_children(node, chain);
  chain.discard_all();
  chain.record(log::Terminated{*node.ending});
  bool adds = use && counts(*node.parent, use->used());
  ended_[&node] = {chain.head(), adds ? use->used() : log::HeldBudget()};
  report_.ended.push_back(ended_actor(node));
}

EndedActor Recovery::Recoverer::ended_actor(const RecoveryNode& node) const {
  const log::OpenActor& open_actor = *node.open_actor;
  EndedActor ended{.id = open_actor.id,
                   .name = open_actor.name,
                   .manifest = open_actor.manifest,
                   .how = *node.ending,
                   .why = node.end_reason};
  if (open_actor.parent) ended.parent = open_actor.parent->actor;
  ended.is_declared = node.entry && node.entry->is_declared;
  ended.parent_resumes = node.parent != nullptr && node.parent->resumes();
  const ManifestOrigins* origins = parts_.recording.origins;
  if (!ended.parent && ended.manifest && origins != nullptr)
    ended.place = origins->place_of(*ended.manifest);
  return ended;
}

Result<void> Recovery::Recoverer::bring_back(RecoveryNode& node, const CameUp& came_up) {
  RecoveredActor& comeback = comebacks_.at(&node);
  BudgetUse& use = comeback.holdings->budget();
  ChainRepair chain(parts_.services, *node.open_actor, *node.manifest, &use,
                    *std::exchange(comeback.chain, std::nullopt));
  add_last_child(node, chain);
  chain.close_call();
  chain.discard_answers();
  close_children(node, chain);
  auto cell = THEATER_TRY(make_cell(node, std::move(chain).take_chain(), came_up));
  comebacks_.at(&node).cell = cell;
  ++report_.actors;
  for (RecoveryNode* child : node.children) {
    if (!child->resumes()) continue;
    THEATER_TRY_VOID(bring_back(*child, came_up));
    cell->children_to_adopt().adopt(comebacks_.at(child).cell);
  }
  settle_slots(node);
  return {};
}

// Begins the declared children again that were lost with the node: those that had no chain on disk,
// or were not up.
void Recovery::Recoverer::settle_slots(const RecoveryNode& node) {
  if (node.starts_again) return;
  const log::OpenActor& open_actor = *node.open_actor;
  Children& children = comebacks_.at(&node).cell->children_to_adopt();
  auto is_lost = [&](size_t slot) {
    for (const log::OpenChild& entry : open_actor.children) {
      if (entry.slot != slot) continue;
      auto child = std::find_if(node.children.begin(), node.children.end(),
                                [&](const auto* one) { return one->open_actor->id == entry.id; });
      bool has_chain = child != node.children.end() ||
                       std::any_of(open_actors_.orphans.begin(), open_actors_.orphans.end(),
                                   [&](const log::Orphan& one) { return one.id == entry.id; });
      if (!has_chain) return true;
      if (child == node.children.end()) return false;
      const auto& ending = (*child)->ending;
      return ending.has_value() && std::holds_alternative<log::EndedFailed>(*ending);
    }
    return false;
  };
  for (size_t slot = 0; slot < open_actor.slots.size(); ++slot) {
    if (!is_lost(slot)) children.settle(slot);
  }
}

Result<std::shared_ptr<ActorCell>> Recovery::Recoverer::make_cell(const RecoveryNode& node,
                                                                  log::Chain chain,
                                                                  const CameUp& came_up) {
  const log::OpenActor& open_actor = *node.open_actor;
  RecoveredActor& comeback = comebacks_.at(&node);
  SpawnOptions options;
  options.state = std::move(comeback.state);
  options.id = open_actor.id;
  options.rules = rules_for(node);
  options.init_runs = open_actor.init_ran_first;
  if (open_actor.started) options.root = RootStart{*open_actor.started, log::ByRuntime{}};
  if (options.root && open_actor.updated) options.root->record.grants = open_actor.updated->grants;
  Recovered recovered{.number = open_actor.number, .chain = std::move(chain)};
  recovered.began_us = open_actor.began_us;
  recovered.instances = open_actor.life.incarnation() + 1;
  recovered.init_runs = node.starts_again && open_actor.instance->init_runs;
  recovered.was_up = true;
  recovered.is_paused = open_actor.is_paused;
  recovered.updated = open_actor.updated;
  recovered.held = comeback.holdings->held();
  recovered.initial_state = std::move(comeback.initial_state);
  std::optional<ParentLink> parent;
  std::function<void(std::optional<Error>)> started;
  if (node.parent != nullptr) {
    uint32_t depth = 0;
    for (const RecoveryNode* above = node.parent->parent; above != nullptr; above = above->parent)
      ++depth;
    parent = ParentLink{comebacks_.at(node.parent).cell, open_actor.parent->event, depth};
  } else {
    started = [came_up, id = open_actor.id](std::optional<Error> error) {
      came_up(id, std::move(error));
    };
  }
  options.recovered = std::move(recovered);
  return parts_.spawner.make(comeback.common, std::move(options), std::move(parent),
                             std::move(started));
}

Result<std::vector<Message>> Recovery::Recoverer::undelivered(const log::OpenActor& open_actor) {
  std::vector<Message> messages;
  for (const log::Undelivered& open : open_actor.undelivered) {
    if (!is_redelivered(open.kind)) continue;
    Glance sender = open.manifest ? glance_at(*open.manifest) : Glance();
    messages.push_back(THEATER_TRY(read_message(request_.log, open, sender.durability)));
  }
  return messages;
}

void Recovery::Recoverer::deliver(RecoveredActor& comeback) {
  for (Message& message : std::exchange(comeback.messages, {})) {
    if (!comeback.cell->reserve_always(message.size())) continue;
    comeback.cell->deliver(std::move(message));
    ++report_.delivered;
  }
}

// A manifest that cannot be read is told of where it is needed. What is in a log is not of actors
// that keep nothing.
Recovery::Recoverer::Glance Recovery::Recoverer::glance_at(const Hash& manifest) {
  auto [known, is_new] = glances_.try_emplace(manifest);
  if (!is_new) return known->second;
  Result<Bytes> text = parts_.recording.blobs.get(manifest);
  if (!text) return known->second;
  Result<Manifest> read = parse_manifest(as_text(*text), "manifest", "/", keep_placeholder);
  if (!read) return known->second;
  if (read->log.durability == Durability::kAsync)
    known->second.durability = log::Durability::kAsync;
  known->second.state = read->state;
  return known->second;
}

Recovery::Recovery(std::unique_ptr<Recoverer> recoverer) : recoverer_(std::move(recoverer)) {}

Recovery::~Recovery() = default;

Result<std::unique_ptr<Recovery>> Recovery::prepare(const RecoveryParts& parts,
                                                    const RecoveryRequest& request) {
  auto recoverer = std::make_unique<Recoverer>(parts, request);
  THEATER_TRY_VOID(recoverer->prepare());
  return std::unique_ptr<Recovery>(
      new Recovery(std::move(recoverer)));  // tidy: owned by the unique_ptr
}

bool Recovery::anything() const {
  return recoverer_->anything();
}

std::vector<RecoveredRoot> Recovery::roots() const {
  return recoverer_->roots();
}

const std::vector<UnrecoverableTree>& Recovery::lost() const {
  return recoverer_->lost();
}

Result<RecoveryReport> Recovery::run(const CameUp& came_up) {
  return recoverer_->run(came_up);
}

}  // namespace theater
