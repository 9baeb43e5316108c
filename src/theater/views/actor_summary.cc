#include "theater/views/actor_summary.h"

#include "theater/views/live_actor.h"
#include "theater/views/text.h"

#include <nlohmann/json.hpp>

#include <optional>
#include <variant>

namespace theater::views {

Result<std::pair<log::Event, Hash>> recorded_event(const log::LogReader& reader,
                                                   const log::ActorEntry& entry, uint64_t seq) {
  log::LogCursor cursor = reader.actor_cursor(entry.id, seq);
  std::optional<log::StoredEvent> stored = THEATER_TRY(cursor.next());
  if (!stored) {
    return fail(ErrorCode::kCorrupt, "the log has no event {} of actor {}", seq,
                entry.id.to_string());
  }
  Result<log::Event> event = log::decode_event(stored->bytes);
  if (!event) {
    return fail(ErrorCode::kCorrupt, "event {} of actor {}, at byte {} of {}: {}", seq,
                entry.id.to_string(), stored->offset, log::segment_file_name(stored->segment),
                event.error().to_string());
  }
  return std::pair{*std::move(event), log::event_hash(stored->bytes)};
}

Result<ActorSummary> summarize(const log::LogReader& reader, const log::ActorEntry& entry) {
  auto [first, first_hash] = THEATER_TRY(recorded_event(reader, entry, 0));
  const auto* genesis = std::get_if<log::Genesis>(&first.body);
  if (genesis == nullptr) {
    return fail(ErrorCode::kCorrupt, "the chain of actor {} begins with `{}`, not with `genesis`",
                entry.id.to_string(), log::body_name(first.body));
  }
  auto [last, head] = THEATER_TRY(recorded_event(reader, entry, entry.events - 1));
  ActorSummary summary{.number = entry.number,
                       .id = entry.id,
                       .name = genesis->name,
                       .events = entry.events,
                       .head = head,
                       .first_time = first.time,
                       .last_time = last.time,
                       .ending = {}};
  if (const auto* terminated = std::get_if<log::Terminated>(&last.body)) {
    summary.ending = ending_name(terminated->how);
  }
  return summary;
}

Json actor_summary_json(const ActorSummary& actor) {
  return {{"id", actor.id.to_string()},
          {"name", actor.name},
          {"number", actor.number.value},
          {"events", actor.events},
          {"head", actor.head.to_string()},
          {"first_time", utc_text(actor.first_time)},
          {"last_time", utc_text(actor.last_time)},
          {"ending", json_text_or_null(actor.ending)}};
}

}  // namespace theater::views
