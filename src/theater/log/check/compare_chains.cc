#include "theater/log/check/compare_chains.h"

#include "theater/log/event/for_each_payload.h"

#include <array>
#include <map>

namespace theater::log {

namespace {

// How often progress is told.
constexpr uint64_t kProgressEvents = 4096;

class Reading {
 public:
  explicit Reading(const std::function<void(uint64_t)>& progress) : progress_(progress) {}

  Result<void> read(LogCursor cursor) {
    while (std::optional<StoredEvent> stored = THEATER_TRY(cursor.next()))
      THEATER_TRY_VOID(take(cursor, *stored));
    return {};
  }

  std::vector<MessageLedger> ledgers() && {
    std::vector<MessageLedger> all;
    for (auto& [number, ledger] : ledgers_)
      all.push_back(std::move(ledger));
    return all;
  }

 private:
  Result<void> take(LogCursor& cursor, const StoredEvent& stored) {
    Result<void> decoded = decode_event_in_place(stored.bytes, event_);
    if (!decoded) {
      return fail(ErrorCode::kCorrupt, "{}: the event at {}: {}", segment_file_name(stored.segment),
                  stored.offset, decoded.error().to_string());
    }
    Hash hash = event_hash(stored.bytes);
    size_t detached = 0;
    for_each_payload(event_.body, [&](const Payload& payload) {
      if (std::holds_alternative<Detached>(payload)) ++detached;
    });
    std::vector<std::optional<StoredBody>> bodies;
    if (detached > 0) bodies = THEATER_TRY(cursor.bodies(detached));
    put_bodies_in(event_.body, bodies);
    ledgers_[stored.actor].accept(event_, hash, {stored.segment, stored.offset});
    if (++read_ % kProgressEvents == 0) progress_(read_);
    return {};
  }

  const std::function<void(uint64_t)>& progress_;
  Event event_;
  std::map<ActorNumber, MessageLedger> ledgers_;
  uint64_t read_ = 0;
};

}  // namespace

std::string_view fault_name(Fault fault) {
  constexpr std::array<std::string_view, 5> kNames = {"LOST", "INVENTED", "ALTERED", "REORDERED",
                                                      "UNVERIFIABLE"};
  return kNames[static_cast<size_t>(fault)];
}

std::string MessageEvent::to_string() const {
  return fmt::format("{} #{} {}{}{} (segment {}, offset {})",
                     name.empty() ? actor.to_string() : name, seq, event,
                     function.empty() ? "" : " ", function, place.segment, place.offset);
}

Result<MessageReport> check_messages(const LogReader& log, const std::optional<ActorPair>& only,
                                     const std::function<void(uint64_t)>& progress) {
  Reading reading(progress);
  if (!only) {
    THEATER_TRY_VOID(reading.read(log.node_cursor()));
    return compare_messages(std::move(reading).ledgers());
  }
  const ActorEntry* first = log.find(only->first);
  const ActorEntry* second = log.find(only->second);
  if (first == nullptr && second == nullptr) {
    return fail(ErrorCode::kNotFound, "neither actor {} nor {} is in {}", only->first.to_string(),
                only->second.to_string(), log.folder().string());
  }
  for (const ActorEntry* entry : {first, second}) {
    if (entry != nullptr) THEATER_TRY_VOID(reading.read(log.actor_cursor(entry->id)));
  }
  return compare_messages(std::move(reading).ledgers(), only);
}

}  // namespace theater::log
