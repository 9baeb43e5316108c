#include "theater/log/recovery/recovery_scan.h"

#include "theater/log/reader/chain_source.h"
#include "theater/log/reader/reverse_scan_range.h"
#include "theater/log/segment/segment_contents.h"

#include <algorithm>
#include <utility>
#include <variant>

namespace theater::log {

namespace {

constexpr std::string_view kShutdown = "theater:simple/runtime/shutdown";

Result<std::optional<Hash>> manifest_of(const LogReader& reader, const ActorId& actor) {
  LogCursor cursor = reader.actor_cursor(actor);
  StoredEvent first = THEATER_TRY(next_of_chain(cursor, actor));
  Event event = THEATER_TRY(decode_event(first.bytes));
  const auto* genesis = std::get_if<Genesis>(&event.body);
  return genesis == nullptr ? std::optional<Hash>() : genesis->manifest;
}

void take_update(OpenActor& open_actor, Updated updated) {
  open_actor.manifest = updated.manifest;
  open_actor.updated = std::move(updated);
}

}  // namespace

RecoveryScan::RecoveryScan(const LogReader& reader, std::unordered_set<uint64_t> followed)
    : reader_(reader), followed_(std::move(followed)) {
  for (const ActorEntry& entry : reader.actors())
    ids_.emplace(entry.number.value, entry.id);
}

void RecoveryScan::begin_at(ChainBeginning beginning, SnapshotPlace place) {
  Known& known = living_[beginning.number.value];
  OpenActor& open_actor = *known.open_actor;
  note_beginning(known, beginning);
  if (beginning.first) note_first(open_actor, *beginning.first);
  open_actor.life = ChainGrammar::between_calls(place.instance);
  open_actor.was_called = true;
  for (const Hash& sent : place.snapshot.undelivered)
    messages_.expect(sent, open_actor.id);
  open_actor.snapshot = std::move(place);
}

// Of one that has ended, no more is wanted than what it has sent, and whose child it was.
Result<void> RecoveryScan::accept_other(const StoredEvent& stored) {
  Result<EventHead> head = event_head(stored.bytes);
  if (!head) return damage_at(stored, head.error());
  if (!head->is_genesis && !head->is_sent && !head->is_last) return {};
  if (auto decoded = decode_event_in_place(stored.bytes, event_); !decoded) {
    return damage_at(stored, decoded.error());
  }
  auto [found, is_new] = others_.try_emplace(stored.actor.value);
  Ended& other = found->second;
  if (const auto* genesis = std::get_if<Genesis>(&event_.body)) {
    other = {genesis->actor, genesis->parent};
  } else if (is_new) {
    other.id = ids_.at(stored.actor.value);
  }
  if (const auto* sent = std::get_if<Sent>(&event_.body)) {
    note_sent(other.id, *sent);
  } else if (std::holds_alternative<Terminated>(event_.body)) {
    if (other.parent && numbers_.contains(other.parent->actor)) {
      ended_.emplace(other.id, Orphan{stored.actor, other.id, other.parent->actor, stored.index,
                                      event_hash(stored.bytes)});
    }
    others_.erase(found);
  }
  return {};
}

Result<void> RecoveryScan::accept(const StoredEvent& stored) {
  if (stored.actor == kNodeActor) return {};
  stored_ = &stored;
  if (!followed_.contains(stored.actor.value)) return accept_other(stored);
  if (auto decoded = decode_event_in_place(stored.bytes, event_); !decoded) {
    return damage_at(stored, decoded.error());
  }
  Known& known = living_[stored.actor.value];
  if (known.open_actor->snapshot && event_.seq < known.open_actor->snapshot->seq) {
    note_messages(known, event_.body);
    return {};
  }
  std::visit([&](const auto& body) { note(known, body); }, event_.body);
  auto ordered = known.open_actor->life.accept(event_.seq, event_.body);
  if (!ordered) return damage_at(stored, ordered.error());
  known.open_actor->position.seq = event_.seq + 1;
  known.open_actor->position.time = event_.time;
  known.newest.assign(stored.bytes.begin(), stored.bytes.end());
  return {};
}

void RecoveryScan::note(Known& known, const Genesis& body) {
  note_beginning(known, {.number = stored_->actor,
                         .index = stored_->index,
                         .time = event_.time,
                         .hash = event_hash(stored_->bytes),
                         .genesis = body,
                         .started = {},
                         .first = {},
                         .updated = {}});
}

void RecoveryScan::note_beginning(Known& known, const ChainBeginning& beginning) {
  OpenActor& open_actor = *known.open_actor;
  const Genesis& genesis = beginning.genesis;
  open_actor.number = beginning.number;
  open_actor.id = genesis.actor;
  open_actor.name = genesis.name;
  open_actor.parent = genesis.parent;
  open_actor.manifest = genesis.manifest;
  open_actor.first_manifest = genesis.manifest;
  open_actor.started = beginning.started;
  if (beginning.updated) take_update(open_actor, *beginning.updated);
  open_actor.genesis = beginning.hash;
  open_actor.first_index = beginning.index;
  open_actor.began_us = beginning.time;
  numbers_.emplace(genesis.actor, beginning.number.value);
}

void RecoveryScan::note_messages(Known& known, const Body& body) {
  if (const auto* sent = std::get_if<Sent>(&body)) {
    note(known, *sent);
  } else if (const auto* call = std::get_if<Call>(&body)) {
    note(known, *call);
  } else if (const auto* answered = std::get_if<Answered>(&body)) {
    note(known, *answered);
  } else if (const auto* discarded = std::get_if<Discarded>(&body)) {
    note(known, *discarded);
  }
}

void RecoveryScan::note(Known& known, const Instance& body) {
  OpenActor& open_actor = *known.open_actor;
  if (body.why == InstanceReason::kStart) note_first(open_actor, body);
  bool goes_on = body.why != InstanceReason::kStart && body.why != InstanceReason::kRestart;
  if (body.why == InstanceReason::kRecover) known.is_recovered = true;
  // An update whose instance the node did not live to record has not happened.
  std::optional<Updated> updated = std::exchange(known.updated, std::nullopt);
  bool takes_effect = body.why == InstanceReason::kUpdate || body.why == InstanceReason::kSnapshot;
  if (updated && takes_effect) take_update(open_actor, *std::move(updated));
  if (!goes_on) {
    known.is_recovered = false;
    open_actor.slots.clear();
  }
  open_actor.instance = body;
  open_actor.init_done = !body.init_runs;
  open_actor.was_called = body.why == InstanceReason::kSnapshot && open_actor.was_called;
  open_actor.lost.reset();
  open_actor.left.reset();
  auto found = std::lower_bound(body.functions.begin(), body.functions.end(), kShutdown);
  known.shutdown.reset();
  if (found != body.functions.end() && *found == kShutdown) {
    known.shutdown = static_cast<uint32_t>(found - body.functions.begin());
  }
}

void RecoveryScan::note_first(OpenActor& open_actor, const Instance& body) {
  open_actor.initial_state = body.state;
  open_actor.init_ran_first = body.init_runs;
}

void RecoveryScan::note(Known& known, const Call& body) {
  known.leaving.reset();
  if (known.open_actor->init_done) known.open_actor->was_called = true;
  messages_.take(taken_message(body));
}

void RecoveryScan::note(Known& known, const Returned& body) {
  OpenActor& open_actor = *known.open_actor;
  if (std::holds_alternative<CallOk>(body.result)) open_actor.init_done = true;
  open_actor.left = std::exchange(known.leaving, std::nullopt);
}

void RecoveryScan::note(Known& known, const Host& body) {
  if (known.shutdown != body.function || known.leaving) return;
  const Blob* bytes = inline_bytes(body.arguments);
  // Without its bytes, which lie elsewhere, it left with nothing to say.
  known.leaving = bytes == nullptr ? Bytes{0} : to_bytes(bytes->view());
}

void RecoveryScan::note(Known& known, const Sent& body) {
  note_sent(known.open_actor->id, body);
}

void RecoveryScan::note_sent(const ActorId& from, const Sent& body) {
  const Peer* to = accepted_receiver(body);
  bool is_on_its_way =
      to != nullptr && to->durability != Durability::kMemory && numbers_.contains(to->actor);
  if (!is_on_its_way) return;
  messages_.give({.index = stored_->index,
                  .seq = event_.seq,
                  .sent = event_hash(stored_->bytes),
                  .from = from,
                  .to = to->actor,
                  .kind = body.kind});
}

void RecoveryScan::note(Known&, const Answered& body) {
  messages_.take(taken_message(body));
}

void RecoveryScan::note(Known&, const Discarded& body) {
  messages_.take(taken_message(body));
}

// The start of a supervisor begins with its declared children, one after the other. After a
// recovery it begins only those again that were lost with the node.
std::optional<size_t> RecoveryScan::slot_for(const Known& known, const ActorId& child) const {
  const std::vector<DeclaredSlot>& slots = known.open_actor->slots;
  if (!known.is_recovered) return slots.size();
  std::optional<Hash> manifest;
  if (auto number = numbers_.find(child); number != numbers_.end()) {
    manifest = living_.at(number->second).open_actor->manifest;
  }
  for (bool exact : {true, false}) {
    for (size_t i = 0; i < slots.size(); ++i) {
      bool fits = exact ? slots[i].manifest == manifest : !slots[i].manifest;
      if (!slots[i].is_taken && fits) return i;
    }
  }
  return slots.size();
}

void RecoveryScan::note(Known& known, const Child& body) {
  OpenActor& open_actor = *known.open_actor;
  OpenChild child{.id = body.actor, .genesis = body.genesis};
  child.is_declared = open_actor.life.phase() != ChainGrammar::Phase::kInCall;
  if (child.is_declared) {
    child.slot = slot_for(known, body.actor);
    if (*child.slot == open_actor.slots.size()) open_actor.slots.emplace_back();
    DeclaredSlot& slot = open_actor.slots[*child.slot];
    slot.is_taken = true;
    auto number = numbers_.find(body.actor);
    if (number != numbers_.end()) slot.manifest = living_.at(number->second).open_actor->manifest;
  }
  known.children.accept(body, child);
}

void RecoveryScan::note(Known& known, const ChildEnded& body) {
  OpenActor& open_actor = *known.open_actor;
  std::optional<OpenChild> child = known.children.accept(body);
  if (!child) return;
  if (child->slot && *child->slot < open_actor.slots.size()) {
    open_actor.slots[*child->slot].is_taken = false;
  }
  ended_.erase(body.actor);
}

void RecoveryScan::note(Known& known, const Control& body) {
  OpenActor& open_actor = *known.open_actor;
  bool by_runtime = std::holds_alternative<ByRuntime>(body.by);
  if (std::holds_alternative<Pause>(body.operation)) {
    open_actor.is_paused = true;
  } else if (const auto* started = std::get_if<Started>(&body.operation)) {
    open_actor.started = *started;
  } else if (const auto* updated = std::get_if<Updated>(&body.operation)) {
    known.updated = *updated;
  } else if (std::holds_alternative<Resume>(body.operation)) {
    open_actor.is_paused = false;
  } else if (std::holds_alternative<Shutdown>(body.operation)) {
    open_actor.stop_asked = body.by;
  } else if (std::holds_alternative<Terminate>(body.operation) && !by_runtime) {
    open_actor.stop_asked = body.by;
    open_actor.is_killed = true;
  }
}

void RecoveryScan::note(Known& known, const Failed& body) {
  known.open_actor->lost = body.why;
}

Result<OpenActors> RecoveryScan::finish(uint64_t from) {
  THEATER_TRY_VOID(find_listed(from));
  OpenActors open_actors;
  for (const auto& [id, orphan] : ended_) {
    const Known& parent = living_.at(numbers_.at(orphan.parent));
    if (parent.children.contains(id)) open_actors.orphans.push_back(orphan);
  }
  std::unordered_map<ActorId, OpenActor*> by_id;
  for (auto& [number, known] : living_) {
    known.open_actor->position.head = event_hash(known.newest);
    known.open_actor->children = known.children.take_oldest_first();
    by_id.emplace(known.open_actor->id, known.open_actor.get());
    open_actors.living.push_back(std::move(known.open_actor));
  }
  for (const auto& [hash, message] : messages_.open()) {
    auto to = by_id.find(message.to);
    if (to == by_id.end()) continue;
    auto sender = by_id.find(message.from);
    std::optional<Hash> manifest = sender != by_id.end()
                                       ? sender->second->manifest
                                       : THEATER_TRY(manifest_of(reader_, message.from));
    to->second->undelivered.push_back({.index = message.index,
                                       .seq = message.seq,
                                       .sent = hash,
                                       .from = message.from,
                                       .manifest = manifest,
                                       .kind = message.kind});
  }
  for (const auto& open_actor : open_actors.living) {
    std::sort(open_actor->undelivered.begin(), open_actor->undelivered.end(),
              [](const Undelivered& a, const Undelivered& b) { return a.index < b.index; });
  }
  std::sort(open_actors.orphans.begin(), open_actors.orphans.end(),
            [](const Orphan& a, const Orphan& b) { return a.index < b.index; });
  return open_actors;
}

// Searches the log backwards from the walk's beginning for the messages that snapshots name and
// that the walk has not seen.
Result<void> RecoveryScan::find_listed(uint64_t before) {
  messages_.settle();
  const auto& listed = messages_.expected_messages();
  for (ReverseScanRange at = ReverseScanRange::before(before); !listed.empty() && at.to > 0;
       at = at.earlier())
    THEATER_TRY_VOID(find_listed(at.from, at.to));
  if (listed.empty()) return {};
  return fail(ErrorCode::kCorrupt,
              "a snapshot of actor {} names the message {}, which is not in the log; check the log "
              "with `theater verify`",
              listed.begin()->second.to_string(), listed.begin()->first.to_string());
}

Result<void> RecoveryScan::find_listed(uint64_t from, uint64_t to) {
  LogCursor cursor = reader_.node_cursor(from);
  for (uint64_t index = from; index < to; ++index) {
    std::optional<StoredEvent> stored = THEATER_TRY(cursor.next());
    if (!stored) break;
    Result<EventHead> head = event_head(stored->bytes);
    if (!head) return damage_at(*stored, head.error());
    if (!head->is_sent) continue;
    Hash hash = event_hash(stored->bytes);
    const ActorId* receiver = messages_.expected(hash);
    if (receiver == nullptr) continue;
    Result<Event> event = decode_event_in_place(stored->bytes);
    if (!event) return damage_at(*stored, event.error());
    messages_.give_expected({.index = stored->index,
                             .seq = event->seq,
                             .sent = hash,
                             .from = ids_.at(stored->actor.value),
                             .to = *receiver,
                             .kind = std::get<Sent>(event->body).kind});
  }
  return {};
}

}  // namespace theater::log
