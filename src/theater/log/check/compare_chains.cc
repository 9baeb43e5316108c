#include "theater/log/check/compare_chains.h"

#include "theater/log/event/for_each_payload.h"

#include <array>
#include <map>
#include <utility>

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
    size_t detached = count_detached(event_.body);
    std::vector<std::optional<StoredBody>> bodies;
    if (detached > 0) bodies = THEATER_TRY(cursor.bodies(detached));
    put_bodies_in(event_.body, bodies);
    ledgers_[stored.actor].accept(event_, hash, {stored.segment, stored.offset}, bodies);
    if (++read_ % kProgressEvents == 0) progress_(read_);
    return {};
  }

  const std::function<void(uint64_t)>& progress_;
  Event event_;
  std::map<ActorNumber, MessageLedger> ledgers_;
  uint64_t read_ = 0;
};

// The first payload of the next event; none without its bytes, or if it cannot be read, which
// check_log() tells.
std::optional<Bytes> first_payload(LogCursor cursor) {
  Result<std::optional<StoredEvent>> stored = cursor.next();
  if (!stored || !*stored) return std::nullopt;
  Result<Event> event = decode_event_in_place((*stored)->bytes);
  if (!event) return std::nullopt;
  const Payload* first = nullptr;
  for_each_payload(std::as_const(event->body), [&](const Payload& payload) {
    if (first == nullptr) first = &payload;
  });
  if (first == nullptr) return std::nullopt;
  if (const Blob* bytes = inline_bytes(*first)) return to_bytes(bytes->view());
  Result<std::vector<std::optional<StoredBody>>> bodies = cursor.bodies(1);
  if (!bodies || !bodies->front() || bodies->front()->is_absent()) return std::nullopt;
  return to_bytes(bodies->front()->bytes());
}

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
  auto read_again = [&](const ActorId& actor, uint64_t seq) {
    return first_payload(log.actor_cursor(actor, seq));
  };
  if (!only) {
    THEATER_TRY_VOID(reading.read(log.node_cursor()));
    return compare_messages(std::move(reading).ledgers(), {}, read_again);
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
  return compare_messages(std::move(reading).ledgers(), only, read_again);
}

}  // namespace theater::log
