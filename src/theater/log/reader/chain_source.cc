#include "theater/log/reader/chain_source.h"

#include "theater/log/event/body_use.h"
#include "theater/log/event/event.h"
#include "theater/log/event/for_each_payload.h"
#include "theater/log/segment/segment_format.h"

#include <utility>

namespace theater::log {

namespace {

// For each detached payload, whether its bytes are wanted. Fails with kCorrupt if the bytes are no
// event.
Result<std::vector<bool>> wanted_bodies(ByteView bytes, OutputParts outputs) {
  Result<Event> event = decode_event_in_place(bytes);
  if (!event) return fail(ErrorCode::kCorrupt, "{}", event.error().to_string());
  std::vector<bool> wanted;
  size_t ordinal = 0;
  for_each_payload(std::as_const(event->body), [&](const Payload& payload) {
    size_t mine = ordinal++;
    if (inline_bytes(payload) != nullptr) return;
    wanted.push_back(outputs == OutputParts::kAll || !is_output(event->body, mine));
  });
  return wanted;
}

class StoredChain final : public ChainSource {
 public:
  StoredChain(LogCursor cursor, OutputParts outputs)
      : cursor_(std::move(cursor)), outputs_(outputs) {}

  Result<std::optional<SourcedEvent>> next() override {
    std::optional<StoredEvent> stored = THEATER_TRY(cursor_.next());
    if (!stored) return std::nullopt;
    std::vector<bool> wanted =
        THEATER_TRY_CONTEXT(wanted_bodies(stored->bytes, outputs_), "reading the event at {} of {}",
                            stored->offset, segment_file_name(stored->segment));
    SourcedEvent event{.bytes = to_bytes(stored->bytes)};
    event.bodies = THEATER_TRY(cursor_.bodies(wanted));
    return event;
  }

 private:
  LogCursor cursor_;
  OutputParts outputs_;
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
                                          uint64_t seq, OutputParts outputs) {
  return std::make_unique<StoredChain>(reader.actor_cursor(actor, seq), outputs);
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
