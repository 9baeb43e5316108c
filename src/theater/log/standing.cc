#include "theater/log/standing.h"

#include <algorithm>
#include <utility>
#include <variant>

namespace theater::log {

namespace {

constexpr std::string_view kShutdown = "theater:simple/runtime/shutdown";

class Walk {
 public:
  Result<void> accept(const StoredEvent& stored);
  Standings finish();

 private:
  struct Open {
    Undelivered message;
    ActorId to;
  };
  // Of one living actor, beside what is told of it.
  struct Known {
    std::unique_ptr<Standing> standing;
    Bytes newest;                      // Event.
    std::optional<uint32_t> shutdown;  // In the current function table.
    std::optional<Bytes> leaving;      // What the call in progress has said of its end.
    bool is_recovered = false;         // Since its last start.
  };

  void note(Known& known, const Genesis& body);
  void note(Known& known, const Instance& body);
  void note(Known& known, const Call& body);
  void note(Known& known, const Returned& body);
  void note(Known& known, const Host& body);
  void note(Known& known, const Sent& body);
  void note(Known& known, const Answered& body);
  void note(Known& known, const Child& body);
  void note(Known& known, const ChildEnded& body);
  void note(Known& known, const Discarded& body);
  void note(Known& known, const Control& body);
  void note(Known& known, const Failed& body);
  void note(Known& known, const Terminated& body);
  template <class Other>
  void note(Known&, const Other&) {}

  std::optional<size_t> slot_for(const Known& known, const ActorId& child) const;

  std::map<uint64_t, Known> living_;  // By number, which is the order of the geneses.
  std::unordered_map<ActorId, uint64_t> numbers_;
  std::unordered_map<ActorId, Orphan> ended_;  // Of living parents.
  std::unordered_map<Hash, Open> open_;
  const StoredEvent* stored_ = nullptr;
  Event event_;
};

Result<void> Walk::accept(const StoredEvent& stored) {
  if (stored.actor == kNodeActor) return {};
  stored_ = &stored;
  auto wrong = [&](const Error& error) {
    return fail(ErrorCode::kCorrupt,
                "{}, offset {}, event {} of the log: {}; check the log with `theater verify`",
                segment_file_name(stored.segment), stored.offset, stored.index, error.to_string());
  };
  if (auto decoded = decode_event_in_place(stored.bytes, event_); !decoded) {
    return wrong(decoded.error());
  }
  Known& known = living_[stored.actor.value];
  if (!known.standing) known.standing = std::make_unique<Standing>();
  std::visit([&](const auto& body) { note(known, body); }, event_.body);
  auto ordered = known.standing->life.accept(event_.seq, event_.body);
  if (!ordered) return wrong(ordered.error());
  if (std::holds_alternative<Terminated>(event_.body)) {
    numbers_.erase(known.standing->id);
    living_.erase(stored.actor.value);
    return {};
  }
  known.standing->position.seq = event_.seq + 1;
  known.standing->position.time = event_.time;
  known.newest.assign(stored.bytes.begin(), stored.bytes.end());
  return {};
}

void Walk::note(Known& known, const Genesis& body) {
  Standing& standing = *known.standing;
  standing.number = stored_->actor;
  standing.id = body.actor;
  standing.name = body.name;
  standing.parent = body.parent;
  standing.manifest = body.manifest;
  standing.genesis = event_hash(stored_->bytes);
  standing.first_index = stored_->index;
  numbers_.emplace(body.actor, stored_->actor.value);
}

void Walk::note(Known& known, const Instance& body) {
  Standing& standing = *known.standing;
  if (body.why == InstanceReason::kStart) {
    standing.initial_state = body.state;
    standing.init_ran_first = body.init_runs;
  }
  bool goes_on = body.why != InstanceReason::kStart && body.why != InstanceReason::kRestart;
  if (body.why == InstanceReason::kRecover) known.is_recovered = true;
  if (!goes_on) {
    known.is_recovered = false;
    standing.slots.clear();
  }
  standing.instance = body;
  standing.init_done = !body.init_runs;
  standing.was_called = body.why == InstanceReason::kSnapshot && standing.was_called;
  standing.lost.reset();
  standing.left.reset();
  auto found = std::lower_bound(body.functions.begin(), body.functions.end(), kShutdown);
  known.shutdown.reset();
  if (found != body.functions.end() && *found == kShutdown) {
    known.shutdown = static_cast<uint32_t>(found - body.functions.begin());
  }
}

void Walk::note(Known& known, const Call& body) {
  known.leaving.reset();
  if (known.standing->init_done) known.standing->was_called = true;
  if (const auto* sender = std::get_if<Sender>(&body.from)) open_.erase(sender->sent);
}

void Walk::note(Known& known, const Returned& body) {
  Standing& standing = *known.standing;
  if (std::holds_alternative<CallOk>(body.result)) standing.init_done = true;
  standing.left = std::exchange(known.leaving, std::nullopt);
}

void Walk::note(Known& known, const Host& body) {
  if (known.shutdown != body.function || known.leaving) return;
  const Blob* octets = inline_bytes(body.arguments);
  // Without its octets, which lie elsewhere, it left with nothing to say.
  known.leaving = octets == nullptr ? Bytes{0} : to_bytes(octets->view());
}

void Walk::note(Known& known, const Sent& body) {
  const auto* peer = std::get_if<Peer>(&body.to);
  bool is_on_its_way = peer != nullptr && peer->durability != Durability::kMemory &&
                       std::holds_alternative<SentAccepted>(body.result);
  if (!is_on_its_way) return;
  Hash hash = event_hash(stored_->bytes);
  const Standing& from = *known.standing;
  open_.emplace(hash, Open{{.index = stored_->index,
                            .seq = event_.seq,
                            .sent = hash,
                            .from = from.id,
                            .manifest = from.manifest,
                            .kind = body.kind},
                           peer->actor});
}

void Walk::note(Known&, const Answered& body) {
  if (body.by) open_.erase(*body.by);
}

void Walk::note(Known&, const Discarded& body) {
  open_.erase(body.sent);
}

// The start of a supervisor begins with its declared children, one after the other. After a
// recovery only those are begun anew that were lost with the node.
std::optional<size_t> Walk::slot_for(const Known& known, const ActorId& child) const {
  const std::vector<DeclaredSlot>& slots = known.standing->slots;
  if (!known.is_recovered) return slots.size();
  std::optional<Hash> manifest;
  if (auto number = numbers_.find(child); number != numbers_.end()) {
    manifest = living_.at(number->second).standing->manifest;
  }
  for (bool exact : {true, false}) {
    for (size_t i = 0; i < slots.size(); ++i) {
      bool fits = exact ? slots[i].manifest == manifest : !slots[i].manifest;
      if (!slots[i].is_taken && fits) return i;
    }
  }
  return slots.size();
}

void Walk::note(Known& known, const Child& body) {
  Standing& standing = *known.standing;
  OpenChild child{.id = body.actor, .genesis = body.genesis};
  child.is_declared = standing.life.phase() != LifeCycle::Phase::kInCall;
  if (child.is_declared) {
    child.slot = slot_for(known, body.actor);
    if (*child.slot == standing.slots.size()) standing.slots.emplace_back();
    DeclaredSlot& slot = standing.slots[*child.slot];
    slot.is_taken = true;
    auto number = numbers_.find(body.actor);
    if (number != numbers_.end()) slot.manifest = living_.at(number->second).standing->manifest;
  }
  standing.children.push_back(child);
}

void Walk::note(Known& known, const ChildEnded& body) {
  Standing& standing = *known.standing;
  auto found = std::find_if(standing.children.begin(), standing.children.end(),
                            [&](const OpenChild& child) { return child.id == body.actor; });
  if (found == standing.children.end()) return;
  if (found->slot && *found->slot < standing.slots.size()) {
    standing.slots[*found->slot].is_taken = false;
  }
  standing.children.erase(found);
  ended_.erase(body.actor);
}

void Walk::note(Known& known, const Control& body) {
  Standing& standing = *known.standing;
  bool by_runtime = std::holds_alternative<ByRuntime>(body.by);
  if (std::holds_alternative<Pause>(body.operation)) {
    standing.is_paused = true;
  } else if (std::holds_alternative<Resume>(body.operation)) {
    standing.is_paused = false;
  } else if (std::holds_alternative<Shutdown>(body.operation)) {
    standing.stop_asked = body.by;
  } else if (std::holds_alternative<Terminate>(body.operation) && !by_runtime) {
    standing.stop_asked = body.by;
    standing.is_killed = true;
  }
}

void Walk::note(Known& known, const Failed& body) {
  known.standing->lost = body.why;
}

void Walk::note(Known& known, const Terminated&) {
  const Standing& standing = *known.standing;
  if (!standing.parent || !numbers_.contains(standing.parent->actor)) return;
  ended_.emplace(standing.id, Orphan{standing.number, standing.id, standing.parent->actor,
                                     stored_->index, event_hash(stored_->bytes)});
}

Standings Walk::finish() {
  Standings standings;
  for (auto& [number, known] : living_) {
    known.standing->position.head = event_hash(known.newest);
    standings.living.push_back(std::move(known.standing));
  }
  std::unordered_map<ActorId, Standing*> by_id;
  for (const auto& standing : standings.living)
    by_id.emplace(standing->id, standing.get());
  for (const auto& [hash, open] : open_) {
    auto to = by_id.find(open.to);
    if (to != by_id.end()) to->second->undelivered.push_back(open.message);
  }
  for (const auto& standing : standings.living) {
    std::sort(standing->undelivered.begin(), standing->undelivered.end(),
              [](const Undelivered& a, const Undelivered& b) { return a.index < b.index; });
  }
  for (const auto& [id, orphan] : ended_) {
    auto parent = by_id.find(orphan.parent);
    if (parent == by_id.end()) continue;
    const std::vector<OpenChild>& children = parent->second->children;
    bool is_recorded = std::any_of(children.begin(), children.end(),
                                   [&](const OpenChild& child) { return child.id == orphan.id; });
    if (is_recorded) standings.orphans.push_back(orphan);
  }
  std::sort(standings.orphans.begin(), standings.orphans.end(),
            [](const Orphan& a, const Orphan& b) { return a.index < b.index; });
  return standings;
}

}  // namespace

Result<Standings> read_standings(const LogReader& reader) {
  Walk walk;
  LogCursor cursor = reader.node_cursor();
  while (std::optional<StoredEvent> stored = THEATER_TRY(cursor.next()))
    THEATER_TRY_VOID(walk.accept(*stored));
  return walk.finish();
}

}  // namespace theater::log
