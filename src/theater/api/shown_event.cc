#include "theater/api/shown_event.h"

#include "theater/log/event/for_each_payload.h"

#include <nlohmann/json.hpp>

#include <utility>

namespace theater::api {

Result<ReadEvent> read_kept(const log::Chain& chain, uint64_t seq) {
  log::Event event = THEATER_TRY(log::decode_event_in_place(chain.event(seq)));
  return ReadEvent{std::move(event), chain.event(seq), chain.hash(seq)};
}

Result<std::optional<ReadEvent>> read_next(log::LogCursor& cursor) {
  std::optional<log::StoredEvent> stored = THEATER_TRY(cursor.next());
  if (!stored) return std::nullopt;
  log::Event event = THEATER_TRY(log::decode_event_in_place(stored->bytes));
  return std::optional(ReadEvent{std::move(event), stored->bytes, std::nullopt});
}

Result<views::Json> value_of(views::ChainValues& values, const ReadEvent& read, const Hash& hash,
                             log::LogCursor* cursor) {
  views::Bodies bodies;
  size_t detached = cursor == nullptr ? 0 : log::count_detached(read.event.body);
  if (detached > 0) bodies = THEATER_TRY(cursor->bodies(detached));
  views::Json value =
      THEATER_TRY(values.event(read.bytes, hash, cursor == nullptr ? nullptr : &bodies));
  return std::move(value["event"]);
}

}  // namespace theater::api
