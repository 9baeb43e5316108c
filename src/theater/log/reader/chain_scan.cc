#include "theater/log/reader/chain_scan.h"

#include "theater/log/segment/segment_format.h"

#include <optional>

namespace theater::log {

Failure damage_at(const StoredEvent& stored, const Error& error) {
  return fail(ErrorCode::kCorrupt,
              "{}, offset {}, event {} of the log: {}; check the log with `theater verify`",
              segment_file_name(stored.segment), stored.offset, stored.index, error.to_string());
}

Result<StoredEvent> next_of_chain(LogCursor& cursor, const ActorId& actor) {
  std::optional<StoredEvent> stored = THEATER_TRY(cursor.next());
  if (stored) return *stored;
  return fail(ErrorCode::kCorrupt, "the chain of actor {} ends too early", actor.to_string());
}

}  // namespace theater::log
