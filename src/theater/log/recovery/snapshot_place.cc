#include "theater/log/recovery/snapshot_place.h"

#include "theater/log/event/event.h"
#include "theater/log/reader/chain_source.h"
#include "theater/log/reader/reverse_scan_range.h"
#include "theater/log/segment/segment_contents.h"

#include <utility>
#include <variant>
#include <vector>

namespace theater::log {

namespace {

// Calls `visit(head, stored)` for the events [from, to) of the chain.
template <class Visit>
Result<void> scan(const LogReader& reader, const ActorId& actor, uint64_t from, uint64_t to,
                  const Visit& visit) {
  LogCursor cursor = reader.actor_cursor(actor, from);
  for (uint64_t seq = from; seq < to; ++seq) {
    StoredEvent stored = THEATER_TRY(next_of_chain(cursor, actor));
    Result<EventHead> head = event_head(stored.bytes);
    if (!head) return damage_at(stored, head.error());
    if (head->seq != seq) {
      return damage_at(stored, Error(ErrorCode::kCorrupt,
                                     fmt::format("it is event {} of its actor where {} should be",
                                                 head->seq, seq)));
    }
    THEATER_TRY_VOID(visit(*head, stored));
  }
  return {};
}

// The snapshot of event `seq` with its `instance`; none if the chain ends between them.
Result<std::optional<SnapshotPlace>> place_at(const LogReader& reader, const ActorEntry& entry,
                                              uint64_t seq) {
  SnapshotPlace place{.seq = seq, .snapshot = {}, .instance = {}, .state = {}};
  LogCursor cursor = reader.actor_cursor(entry.id, seq);
  while (std::optional<StoredEvent> stored = THEATER_TRY(cursor.next())) {
    Result<Event> event = decode_event(stored->bytes);
    if (!event) return damage_at(*stored, event.error());
    if (auto* snapshot = std::get_if<Snapshot>(&event->body)) {
      if (event->seq != seq) break;
      if (snapshot->position > stored->index) {
        return damage_at(*stored, Error(ErrorCode::kCorrupt,
                                        fmt::format("a snapshot whose position, {}, is after it",
                                                    snapshot->position)));
      }
      place.snapshot = std::move(*snapshot);
    } else if (auto* instance = std::get_if<Instance>(&event->body)) {
      place.instance = std::move(*instance);
      return std::optional(std::move(place));
    }
  }
  return std::optional<SnapshotPlace>();
}

// Where to begin so that what is before event `seq` has so many bytes: at an `instance`, which
// brings its functions along, or at the very beginning.
Result<uint64_t> start_of_last(const LogReader& reader, const ActorId& actor, uint64_t seq,
                               uint64_t bytes) {
  struct Start {
    uint64_t seq;
    uint64_t bytes_before;  // From the beginning of the stretch.
  };
  uint64_t bytes_after = 0;  // Of the stretches that were read before.
  for (ReverseScanRange at = ReverseScanRange::before(seq); at.from > 0; at = at.earlier()) {
    std::vector<Start> starts;
    uint64_t total = 0;
    THEATER_TRY_VOID(scan(reader, actor, at.from, at.to,
                          [&](const EventHead& head, const StoredEvent& stored) -> Result<void> {
                            if (head.is_instance) starts.push_back({head.seq, total});
                            total += stored.bytes.size();
                            return {};
                          }));
    for (auto start = starts.rbegin(); start != starts.rend(); ++start) {
      if (total - start->bytes_before + bytes_after >= bytes) return start->seq;
    }
    bytes_after += total;
  }
  return 0;
}

}  // namespace

Result<std::optional<SnapshotPlace>> newest_snapshot(const LogReader& reader,
                                                     const ActorEntry& entry,
                                                     const ReadState& read_state) {
  for (ReverseScanRange at = ReverseScanRange::before(entry.events); at.to > 0; at = at.earlier()) {
    std::vector<uint64_t> found;
    THEATER_TRY_VOID(scan(reader, entry.id, at.from, at.to,
                          [&](const EventHead& head, const StoredEvent&) -> Result<void> {
                            if (head.is_snapshot) found.push_back(head.seq);
                            return {};
                          }));
    for (auto seq = found.rbegin(); seq != found.rend(); ++seq) {
      auto place = THEATER_TRY(place_at(reader, entry, *seq));
      if (!place) continue;
      Result<std::optional<Bytes>> state = read_state(place->snapshot.state);
      if (!state) continue;
      place->state = *std::move(state);
      return place;
    }
  }
  return std::optional<SnapshotPlace>();
}

Result<Chain> chain_before(const LogReader& reader, const ActorId& actor, uint64_t seq) {
  uint64_t from = THEATER_TRY(start_of_last(reader, actor, seq, Chain::kBytesMax));
  std::optional<Chain> chain;
  THEATER_TRY_VOID(
      scan(reader, actor, from, seq,
           [&](const EventHead& head, const StoredEvent& stored) -> Result<void> {
             Result<Hash> parent = event_parent(stored.bytes);
             if (!parent) return damage_at(stored, parent.error());
             if (!chain) chain.emplace(Chain::kBytesMax, ChainPosition{head.seq, *parent, 0});
             bool follows = *parent == chain->head() && head.time >= chain->position().time;
             if (!follows) {
               return damage_at(
                   stored, Error(ErrorCode::kCorrupt, "it does not follow on the event before"));
             }
             chain->append_encoded(stored.bytes, head.time);
             return {};
           }));
  return chain ? *std::move(chain) : Chain();
}

}  // namespace theater::log
