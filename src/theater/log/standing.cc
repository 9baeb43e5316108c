#include "theater/log/standing.h"

#include "theater/log/segment_contents.h"

#include <algorithm>
#include <unordered_set>
#include <utility>
#include <variant>

namespace theater::log {

namespace {

constexpr std::string_view kShutdown = "theater:simple/runtime/shutdown";

Failure damage(const StoredEvent& stored, const Error& error) {
  return fail(ErrorCode::kCorrupt,
              "{}, offset {}, event {} of the log: {}; check the log with `theater verify`",
              segment_file_name(stored.segment), stored.offset, stored.index, error.to_string());
}

// An event of an actor's chain. Its bytes are valid until the cursor goes.
Result<StoredEvent> event_of(LogCursor& cursor, const ActorId& actor) {
  std::optional<StoredEvent> stored = THEATER_TRY(cursor.next());
  if (stored) return *stored;
  return fail(ErrorCode::kCorrupt, "the chain of actor {} ends too early", actor.to_string());
}

Result<std::optional<Hash>> manifest_of(const LogReader& reader, const ActorId& actor) {
  LogCursor cursor = reader.actor_cursor(actor);
  StoredEvent first = THEATER_TRY(event_of(cursor, actor));
  Event event = THEATER_TRY(decode_event(first.bytes));
  const auto* genesis = std::get_if<Genesis>(&event.body);
  return genesis == nullptr ? std::optional<Hash>() : genesis->manifest;
}

// Whether the actor's chain has no end yet.
Result<bool> is_open(const LogReader& reader, const ActorEntry& entry) {
  LogCursor cursor = reader.actor_cursor(entry.id, entry.events - 1);
  StoredEvent last = THEATER_TRY(event_of(cursor, entry.id));
  Result<EventHead> head = event_head(last.bytes);
  if (!head) return damage(last, head.error());
  return !head->is_last;
}

// An actor that has ended, as far as the walk has seen it.
struct Ended {
  ActorId id;
  std::optional<Ancestor> parent;
};

class Walk {
 public:
  // `living` are those to be followed, from their geneses on.
  Walk(const LogReader& reader, std::unordered_set<uint64_t> living)
      : reader_(reader), followed_(std::move(living)) {
    for (const ActorEntry& entry : reader.actors())
      ids_.emplace(entry.number.value, entry.id);
  }

  Result<void> accept(const StoredEvent& stored);
  Result<Standings> finish();

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
  template <class Other>
  void note(Known&, const Other&) {}

  std::optional<size_t> slot_for(const Known& known, const ActorId& child) const;
  Result<void> accept_other(const StoredEvent& stored);
  void note_sent(const ActorId& from, const std::optional<Hash>& manifest, const Sent& body);

  const LogReader& reader_;
  std::unordered_set<uint64_t> followed_;
  std::unordered_map<uint64_t, ActorId> ids_;
  std::unordered_map<uint64_t, Ended> others_;
  std::map<uint64_t, Known> living_;  // By number, which is the order of the geneses.
  std::unordered_map<ActorId, uint64_t> numbers_;
  std::unordered_map<ActorId, Orphan> ended_;  // Of living parents.
  std::unordered_map<Hash, Open> open_;
  const StoredEvent* stored_ = nullptr;
  Event event_;
};

// Of one that has ended, no more is wanted than what it has sent, and whose child it was.
Result<void> Walk::accept_other(const StoredEvent& stored) {
  Result<EventHead> head = event_head(stored.bytes);
  if (!head) return damage(stored, head.error());
  if (!head->is_genesis && !head->is_sent && !head->is_last) return {};
  if (auto decoded = decode_event_in_place(stored.bytes, event_); !decoded) {
    return damage(stored, decoded.error());
  }
  auto [found, is_new] = others_.try_emplace(stored.actor.value);
  Ended& other = found->second;
  if (const auto* genesis = std::get_if<Genesis>(&event_.body)) {
    other = {genesis->actor, genesis->parent};
  } else if (is_new) {
    other.id = ids_.at(stored.actor.value);
  }
  if (const auto* sent = std::get_if<Sent>(&event_.body)) {
    note_sent(other.id, std::nullopt, *sent);
  } else if (std::holds_alternative<Terminated>(event_.body)) {
    if (other.parent && numbers_.contains(other.parent->actor)) {
      ended_.emplace(other.id, Orphan{stored.actor, other.id, other.parent->actor, stored.index,
                                      event_hash(stored.bytes)});
    }
    others_.erase(found);
  }
  return {};
}

Result<void> Walk::accept(const StoredEvent& stored) {
  if (stored.actor == kNodeActor) return {};
  stored_ = &stored;
  if (!followed_.contains(stored.actor.value)) return accept_other(stored);
  if (auto decoded = decode_event_in_place(stored.bytes, event_); !decoded) {
    return damage(stored, decoded.error());
  }
  Known& known = living_[stored.actor.value];
  if (!known.standing) known.standing = std::make_unique<Standing>();
  std::visit([&](const auto& body) { note(known, body); }, event_.body);
  auto ordered = known.standing->life.accept(event_.seq, event_.body);
  if (!ordered) return damage(stored, ordered.error());
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
  note_sent(known.standing->id, known.standing->manifest, body);
}

void Walk::note_sent(const ActorId& from, const std::optional<Hash>& manifest, const Sent& body) {
  const auto* peer = std::get_if<Peer>(&body.to);
  bool is_on_its_way = peer != nullptr && peer->durability != Durability::kMemory &&
                       std::holds_alternative<SentAccepted>(body.result) &&
                       numbers_.contains(peer->actor);
  if (!is_on_its_way) return;
  Hash hash = event_hash(stored_->bytes);
  open_.emplace(hash, Open{{.index = stored_->index,
                            .seq = event_.seq,
                            .sent = hash,
                            .from = from,
                            .manifest = manifest,
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

Result<Standings> Walk::finish() {
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
    if (to == by_id.end()) continue;
    Undelivered message = open.message;
    if (!message.manifest) message.manifest = THEATER_TRY(manifest_of(reader_, message.from));
    to->second->undelivered.push_back(message);
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
  std::unordered_set<uint64_t> living;
  uint64_t from = reader.size();
  for (const ActorEntry& entry : reader.actors()) {
    if (entry.number == kNodeActor || !THEATER_TRY(is_open(reader, entry))) continue;
    living.insert(entry.number.value);
    LogCursor cursor = reader.actor_cursor(entry.id);
    from = std::min(from, THEATER_TRY(event_of(cursor, entry.id)).index);
  }
  if (living.empty()) return Standings();
  Walk walk(reader, std::move(living));
  LogCursor cursor = reader.node_cursor(from);
  while (std::optional<StoredEvent> stored = THEATER_TRY(cursor.next()))
    THEATER_TRY_VOID(walk.accept(*stored));
  return walk.finish();
}

}  // namespace theater::log
