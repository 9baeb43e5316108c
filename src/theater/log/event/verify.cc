#include "theater/log/event/verify.h"

namespace theater::log {

ChainVerifier::ChainVerifier(const ChainPosition& start) : position_(start) {
  if (start == ChainPosition{}) life_cycle_.emplace();
}

Result<EventRef> ChainVerifier::accept(ByteView event) {
  Result<Event> decoded = decode_event_in_place(event);
  if (!decoded) {
    return fail(ErrorCode::kCorrupt, "event {} is not well formed: {}", position_.seq,
                decoded.error().to_string());
  }
  return accept(*decoded, event_hash(event));
}

Result<EventRef> ChainVerifier::accept(const Event& event, const Hash& hash) {
  uint64_t seq = position_.seq;
  std::string_view name = body_name(event.body);
  if (event.seq != seq) {
    return fail(ErrorCode::kCorrupt, "event {} ({}): it says that it is event {}", seq, name,
                event.seq);
  }
  if (event.parent != position_.head) {
    return fail(ErrorCode::kCorrupt,
                "event {} ({}): its parent is {}, but the event before it has the hash {}", seq,
                name, event.parent.to_string(), position_.head.to_string());
  }
  if (event.time < position_.time) {
    return fail(ErrorCode::kCorrupt, "event {} ({}): its time {} is before {}, that of event {}",
                seq, name, event.time, position_.time, seq - 1);
  }
  if (life_cycle_) {
    Result<void> ordered = life_cycle_->accept(seq, event.body);
    if (!ordered) {
      return fail(ErrorCode::kCorrupt, "event {} ({}): {}", seq, name, ordered.error().message());
    }
  }
  position_ = {seq + 1, hash, event.time};
  return EventRef{Seq{seq}, position_.head};
}

Result<void> ChainVerifier::finish(const Hash& head) const {
  if (position_.head == head) return {};
  return fail(ErrorCode::kCorrupt,
              "the chain of {} events ends with the hash {}, but its head is {}", position_.seq,
              position_.head.to_string(), head.to_string());
}

Result<void> verify_chain(std::span<const ByteView> events, const Hash& head,
                          const ChainPosition& start) {
  ChainVerifier verifier(start);
  for (ByteView event : events)
    THEATER_TRY_VOID(verifier.accept(event));
  return verifier.finish(head);
}

}  // namespace theater::log
