#include "theater/replay/replay_chain.h"

#include "theater/base/check.h"

#include <utility>

namespace theater::replay {

namespace {

Result<void> check_link(const RecordedEvent& event, const Hash& parent) {
  if (event.event.parent == parent) return {};
  return fail(ErrorCode::kCorrupt,
              "{}: its parent is {}, but the event before it has the hash {}: check the log with "
              "`theater verify`",
              event.to_string(), event.event.parent.to_string(), parent.to_string());
}

}  // namespace

Result<const RecordedEvent*> ReplayChain::next() {
  const RecordedEvent* event = THEATER_TRY(record_.peek());
  if (event != nullptr) THEATER_TRY_VOID(check_link(*event, head_));
  return event;
}

Result<void> ReplayChain::append(const log::Body& body) {
  const RecordedEvent* event = THEATER_TRY(record_.peek());
  THEATER_CHECK(event != nullptr, "nothing is recorded here");
  log::EventRef appended = chain_.append(body, event->event.time);
  ByteView bytes = chain_.event(appended.seq.value);
  if (as_text(bytes) != as_text(event->bytes)) {
    Act recorded{Act::Kind::kOther, "recorded these bytes", {}, {}, event->bytes, {}};
    Act replayed{Act::Kind::kOther, "recorded these bytes", {}, {}, to_bytes(bytes), {}};
    return diverge("encoding", std::move(recorded), std::move(replayed));
  }
  return step_past(appended);
}

Result<void> ReplayChain::copy() {
  const RecordedEvent* event = THEATER_TRY(next());
  THEATER_CHECK(event != nullptr, "nothing is recorded here");
  return step_past(chain_.append_encoded(event->bytes, event->event.time));
}

Result<void> ReplayChain::step_past(const log::EventRef& appended) {
  if (listener_ != nullptr) THEATER_TRY_VOID(listener_->replayed(*record_.peeked()));
  record_.take();
  ++events_;
  head_ = appended.hash;
  // Before a guest is told anything of the event: whatever was changed in it shows in the next.
  const RecordedEvent* after = record_.peeked();
  return after == nullptr ? Result<void>() : check_link(*after, head_);
}

Result<const RecordedEvent*> ReplayChain::copy_floating() {
  for (;;) {
    const RecordedEvent* event = THEATER_TRY(next());
    if (event == nullptr || role_of(event->event.body) != Role::kFloats) return event;
    THEATER_TRY_VOID(copy());
  }
}

Result<bool> ReplayChain::is_same(const RecordedEvent& event, const log::Payload& recorded,
                                  ByteView computed, std::string_view what) {
  bool same = THEATER_TRY(compare(event, recorded, computed, what));
  if (same && listener_ != nullptr) {
    THEATER_TRY_VOID(listener_->computed(event, recorded, computed));
  }
  return same;
}

Result<bool> ReplayChain::compare(const RecordedEvent& event, const log::Payload& recorded,
                                  ByteView computed, std::string_view what) {
  if (const log::Blob* blob = log::inline_bytes(recorded)) {
    return as_text(blob->view()) == as_text(computed);
  }
  const auto& detached = std::get<log::Detached>(recorded);
  if (detached.length != computed.size()) return false;
  const log::StoredBody* body = stored_body(event, recorded);
  if (body == nullptr) {
    findings_.note_removed(fmt::format("the {} of {}", what, event.to_string()));
    return true;
  }
  if (log::detached_hash(body->salt, computed) == detached.hash) return true;
  if (body->is_absent()) return false;
  // Other bytes, or a salt that is not the one that the record was made with.
  THEATER_TRY_VOID(payload_bytes(event, recorded));
  return false;
}

Result<ByteView> ReplayChain::input(const RecordedEvent& event, const log::Payload& recorded,
                                    std::string_view what) {
  std::optional<ByteView> bytes = THEATER_TRY(payload_bytes(event, recorded));
  if (bytes) return *bytes;
  return findings_.miss(fmt::format("the {} of {}, {} bytes, was removed from the log", what,
                                    event.to_string(), log::payload_length(recorded)));
}

Failure ReplayChain::diverge(std::string field, Act recorded, Act replayed) {
  Difference difference;
  difference.field = std::move(field);
  difference.seq = events_;
  difference.recorded = std::move(recorded);
  difference.replayed = std::move(replayed);
  // An event that was changed in the record is told from a component that does otherwise by what
  // hangs on it.
  Result<const RecordedEvent*> event = record_.peek();
  if (!event) return Failure(std::move(event).error());
  if (*event != nullptr) {
    difference.seq = (*event)->event.seq;
    difference.event = log::body_name((*event)->event.body);
    difference.hash = log::event_hash((*event)->bytes);
    Result<const RecordedEvent*> after = record_.peek(1);
    if (!after) return Failure(std::move(after).error());
    if (*after != nullptr) {
      Result<void> linked = check_link(**after, difference.hash);
      if (!linked) return Failure(std::move(linked).error());
    }
  }
  return findings_.diverge(std::move(difference));
}

log::Payload ReplayChain::payload_like(const log::Payload& recorded, ByteView computed) {
  if (log::inline_bytes(recorded) != nullptr) return log::borrowed_payload(computed);
  return std::get<log::Detached>(recorded);
}

}  // namespace theater::replay
