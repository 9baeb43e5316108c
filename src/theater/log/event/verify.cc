#include "theater/log/event/verify.h"

#include <string_view>
#include <utility>

namespace theater::log {

ChainVerifier::ChainVerifier(const ChainPosition& start) : position_(start) {
  if (start == ChainPosition{}) life_cycle_.emplace();
}

ChainVerifier::ChainVerifier(const ChainPosition& start, ChainGrammar life_cycle)
    : position_(start), life_cycle_(std::move(life_cycle)) {}

Result<EventRef> ChainVerifier::accept(ByteView event) {
  Result<Event> decoded = decode_event_in_place(event);
  if (!decoded) {
    return fail(ErrorCode::kCorrupt, "event {} is not well formed: {}", position_.seq,
                decoded.error().to_string());
  }
  return accept(*decoded, event_hash(event));
}

Result<EventRef> ChainVerifier::accept(const Event& event, const Hash& hash) {
  THEATER_TRY_VOID(check_position(event));
  if (event.parent != position_.head) {
    return fail(ErrorCode::kCorrupt,
                "event {} ({}): its parent is {}, but the event before it has the hash {}",
                event.seq, body_name(event.body), event.parent.to_string(),
                position_.head.to_string());
  }
  THEATER_TRY_VOID(check_course(event));
  position_ = {event.seq + 1, hash, event.time};
  return EventRef{Seq{event.seq}, hash};
}

Result<void> ChainVerifier::accept_unlinked(const Event& event) {
  THEATER_TRY_VOID(check_position(event));
  THEATER_TRY_VOID(check_course(event));
  position_ = {event.seq + 1, Hash{}, event.time};
  return {};
}

Result<void> ChainVerifier::check_position(const Event& event) const {
  if (event.seq == position_.seq) return {};
  return fail(ErrorCode::kCorrupt, "event {} ({}): it says that it is event {}", position_.seq,
              body_name(event.body), event.seq);
}

// Time and grammar.
Result<void> ChainVerifier::check_course(const Event& event) {
  uint64_t seq = position_.seq;
  std::string_view name = body_name(event.body);
  if (event.time < position_.time) {
    return fail(ErrorCode::kCorrupt, "event {} ({}): its time {} is before {}, that of event {}",
                seq, name, event.time, position_.time, seq - 1);
  }
  if (!life_cycle_) return {};
  Result<void> ordered = life_cycle_->accept(seq, event.body);
  if (ordered) return {};
  return fail(ErrorCode::kCorrupt, "event {} ({}): {}", seq, name, ordered.error().message());
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
