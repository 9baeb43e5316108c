#include "theater/log/reader/chain_source.h"

#include "theater/log/event/event.h"
#include "theater/log/event/for_each_payload.h"
#include "theater/log/segment/segment_format.h"

#include <utility>

namespace theater::log {

namespace {

// Fails with kCorrupt if the bytes are no event.
Result<size_t> detached_payloads(ByteView bytes) {
  Result<Event> event = decode_event_in_place(bytes);
  if (!event) return fail(ErrorCode::kCorrupt, "{}", event.error().to_string());
  return count_detached(event->body);
}

class StoredChain final : public ChainSource {
 public:
  explicit StoredChain(LogCursor cursor) : cursor_(std::move(cursor)) {}

  Result<std::optional<SourcedEvent>> next() override {
    std::optional<StoredEvent> stored = THEATER_TRY(cursor_.next());
    if (!stored) return std::nullopt;
    size_t detached =
        THEATER_TRY_CONTEXT(detached_payloads(stored->bytes), "reading the event at {} of {}",
                            stored->offset, segment_file_name(stored->segment));
    SourcedEvent event{.bytes = to_bytes(stored->bytes)};
    event.bodies = THEATER_TRY(cursor_.bodies(detached));
    return event;
  }

 private:
  LogCursor cursor_;
};

class ChainInMemory final : public ChainSource {
 public:
  explicit ChainInMemory(std::vector<Bytes> events) : events_(std::move(events)) {}

  Result<std::optional<SourcedEvent>> next() override {
    if (next_ == events_.size()) return std::nullopt;
    return SourcedEvent{.bytes = std::move(events_[next_++])};
  }

 private:
  std::vector<Bytes> events_;
  size_t next_ = 0;
};

}  // namespace

std::unique_ptr<ChainSource> stored_chain(const LogReader& reader, const ActorId& actor,
                                          uint64_t seq) {
  return std::make_unique<StoredChain>(reader.actor_cursor(actor, seq));
}

std::unique_ptr<ChainSource> chain_in_memory(std::vector<Bytes> events) {
  return std::make_unique<ChainInMemory>(std::move(events));
}

Result<StoredEvent> next_of_chain(LogCursor& cursor, const ActorId& actor) {
  std::optional<StoredEvent> stored = THEATER_TRY(cursor.next());
  if (stored) return *stored;
  return fail(ErrorCode::kCorrupt, "the chain of actor {} ends too early", actor.to_string());
}

Failure damage_at(const StoredEvent& stored, const Error& error) {
  return fail(ErrorCode::kCorrupt,
              "{}, offset {}, event {} of the log: {}; check the log with `theater verify`",
              segment_file_name(stored.segment), stored.offset, stored.index, error.to_string());
}

}  // namespace theater::log
