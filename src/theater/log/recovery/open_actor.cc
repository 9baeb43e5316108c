#include "theater/log/recovery/open_actor.h"

#include "theater/log/reader/chain_source.h"
#include "theater/log/recovery/recovery_scan.h"
#include "theater/log/segment/segment_contents.h"

#include <algorithm>
#include <utility>
#include <variant>

namespace theater::log {

namespace {

// Whether the actor's chain has no end yet.
Result<bool> is_open(const LogReader& reader, const ActorEntry& entry) {
  LogCursor cursor = reader.actor_cursor(entry.id, entry.events - 1);
  StoredEvent last = THEATER_TRY(next_of_chain(cursor, entry.id));
  Result<EventHead> head = event_head(last.bytes);
  if (!head) return damage_at(last, head.error());
  return !head->is_last;
}

// Reads `genesis`, and no further.
Result<ChainBeginning> beginning_of(const LogReader& reader, const ActorEntry& entry) {
  LogCursor cursor = reader.actor_cursor(entry.id);
  StoredEvent stored = THEATER_TRY(next_of_chain(cursor, entry.id));
  Result<Event> event = decode_event(stored.bytes);
  if (!event) return damage_at(stored, event.error());
  auto* genesis = std::get_if<Genesis>(&event->body);
  if (genesis == nullptr) {
    return damage_at(stored, Error(ErrorCode::kCorrupt, "a chain begins with `genesis`"));
  }
  return ChainBeginning{.number = entry.number,
                        .index = stored.index,
                        .time = event->time,
                        .hash = event_hash(stored.bytes),
                        .genesis = std::move(*genesis),
                        .started = {},
                        .first = {},
                        .updated = {}};
}

// Reads `started` and the first instance, of which a chain may have neither.
Result<void> read_first(const LogReader& reader, const ActorEntry& entry,
                        ChainBeginning& beginning) {
  LogCursor cursor = reader.actor_cursor(entry.id, 1);
  Event event;
  for (uint64_t seq = 1; seq < entry.events && !beginning.first; ++seq) {
    StoredEvent stored = THEATER_TRY(next_of_chain(cursor, entry.id));
    if (auto decoded = decode_event_in_place(stored.bytes, event); !decoded) {
      return damage_at(stored, decoded.error());
    }
    auto* control = std::get_if<Control>(&event.body);
    auto* started = control != nullptr ? std::get_if<Started>(&control->operation) : nullptr;
    if (started != nullptr) beginning.started = std::move(*started);
    if (auto* first = std::get_if<Instance>(&event.body)) beginning.first = std::move(*first);
  }
  return {};
}

// Reads the `updated` that stands before the `held` of a snapshot, if the actor was updated.
Result<void> read_update(const LogReader& reader, const ActorEntry& entry, uint64_t snapshot,
                         ChainBeginning& beginning) {
  if (snapshot < 2) return {};
  LogCursor cursor = reader.actor_cursor(entry.id, snapshot - 2);
  StoredEvent stored = THEATER_TRY(next_of_chain(cursor, entry.id));
  Result<Event> event = decode_event(stored.bytes);
  if (!event) return damage_at(stored, event.error());
  auto* control = std::get_if<Control>(&event->body);
  auto* updated = control != nullptr ? std::get_if<Updated>(&control->operation) : nullptr;
  if (updated != nullptr) beginning.updated = std::move(*updated);
  return {};
}

}  // namespace

Result<OpenActors> read_open_actors(const LogReader& reader, const SnapshotUse& snapshots) {
  struct Start {
    ChainBeginning beginning;
    std::optional<SnapshotPlace> snapshot;
  };
  std::vector<Start> starts;
  std::unordered_set<uint64_t> followed;
  uint64_t from = reader.size();
  for (const ActorEntry& entry : reader.actors()) {
    if (entry.number == kNodeActor || !THEATER_TRY(is_open(reader, entry))) continue;
    followed.insert(entry.number.value);
    Start start{.beginning = THEATER_TRY(beginning_of(reader, entry)), .snapshot = {}};
    const auto& manifest = start.beginning.genesis.manifest;
    if (manifest && snapshots.is_likely(*manifest)) {
      start.snapshot = THEATER_TRY(newest_snapshot(reader, entry, snapshots.read_state));
    }
    from =
        std::min(from, start.snapshot ? start.snapshot->snapshot.position : start.beginning.index);
    if (!start.snapshot) continue;
    THEATER_TRY_VOID(read_first(reader, entry, start.beginning));
    THEATER_TRY_VOID(read_update(reader, entry, start.snapshot->seq, start.beginning));
    starts.push_back(std::move(start));
  }
  if (followed.empty()) return OpenActors();
  RecoveryScan walk(reader, std::move(followed));
  for (Start& start : starts)
    walk.begin_at(std::move(start.beginning), *std::move(start.snapshot));
  LogCursor cursor = reader.node_cursor(from);
  while (std::optional<StoredEvent> stored = THEATER_TRY(cursor.next()))
    THEATER_TRY_VOID(walk.accept(*stored));
  return walk.finish(from);
}

}  // namespace theater::log
