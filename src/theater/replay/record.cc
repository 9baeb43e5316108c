#include "theater/replay/record.h"

#include "theater/log/event/for_each_payload.h"

#include <type_traits>
#include <utility>
#include <variant>

namespace theater::replay {

std::string RecordedEvent::to_string() const {
  return fmt::format("event {} ({})", event.seq, log::body_name(event.body));
}

Role role_of(const log::Body& body) {
  return std::visit(
      []<class T>(const T& alternative) {
        if constexpr (std::is_same_v<T, log::Control> || std::is_same_v<T, log::Child> ||
                      std::is_same_v<T, log::ChildEnded> || std::is_same_v<T, log::Discarded> ||
                      std::is_same_v<T, log::Answered>) {
          return Role::kFloats;
        } else if constexpr (std::is_same_v<T, log::Call>) {
          return Role::kCall;
        } else if constexpr (std::is_same_v<T, log::Failed>) {
          bool is_trap = std::holds_alternative<log::FailedTrap>(alternative.why);
          return is_trap ? Role::kGuest : Role::kOther;
        } else if constexpr (std::is_same_v<T, log::Genesis> || std::is_same_v<T, log::Instance> ||
                             std::is_same_v<T, log::Snapshot> ||
                             std::is_same_v<T, log::Terminated>) {
          return Role::kOther;
        } else {
          return Role::kGuest;
        }
      },
      body);
}

const log::StoredBody* stored_body(const RecordedEvent& event, const log::Payload& payload) {
  size_t detached = 0;
  std::optional<size_t> position;
  log::for_each_payload(event.event.body, [&](const log::Payload& one) {
    if (&one == &payload) position = detached;
    if (log::inline_bytes(one) == nullptr) ++detached;
  });
  if (!position || *position >= event.bodies.size() || !event.bodies[*position]) return nullptr;
  return &*event.bodies[*position];
}

Result<std::optional<ByteView>> payload_bytes(const RecordedEvent& event,
                                              const log::Payload& payload) {
  if (const log::Blob* blob = log::inline_bytes(payload)) return std::optional(blob->view());
  const log::StoredBody* body = stored_body(event, payload);
  if (body == nullptr || body->is_absent()) return std::optional<ByteView>();
  const auto& detached = std::get<log::Detached>(payload);
  if (body->bytes().size() != detached.length ||
      log::detached_hash(body->salt, body->bytes()) != detached.hash) {
    return fail(ErrorCode::kCorrupt,
                "{}: the bytes that are kept for a payload of {} bytes are not those that the "
                "event has the hash of",
                event.to_string(), detached.length);
  }
  return std::optional(ByteView(body->bytes()));
}

Result<const RecordedEvent*> Record::peek(size_t ahead) {
  while (events_.size() <= ahead && !done_)
    THEATER_TRY_VOID(read());
  return events_.size() > ahead ? events_[ahead].get() : nullptr;
}

Result<std::optional<Role>> Record::role_ahead(size_t ahead) {
  while (const RecordedEvent* event = THEATER_TRY(peek(ahead++))) {
    Role role = role_of(event->event.body);
    if (role != Role::kFloats) return std::optional(role);
  }
  return std::optional<Role>();
}

void Record::take() {
  spare_ = std::move(events_.front());
  events_.pop_front();
}

Result<void> Record::read() {
  bool past = until_ && order_.position().seq > *until_;
  Result<std::optional<log::SourcedEvent>> sourced = source_.next();
  if (past || (sourced && !*sourced)) {
    // A fault of an event after `until` does not matter.
    done_ = true;
    complete_ = sourced && !*sourced;
    return {};
  }
  if (!sourced) return Failure(std::move(sourced).error());
  if (!spare_) spare_ = std::make_unique<RecordedEvent>();
  RecordedEvent& read = *events_.emplace_back(std::move(spare_));
  read.bytes = std::move((*sourced)->bytes);
  read.bodies = std::move((*sourced)->bodies);
  return decode(read);
}

Result<void> Record::decode(RecordedEvent& read) {
  Result<log::Event> decoded = log::decode_event_in_place(read.bytes);
  if (!decoded) {
    return fail(ErrorCode::kCorrupt, "event {} is not well formed: {}", order_.position().seq,
                decoded.error().to_string());
  }
  read.event = *std::move(decoded);
  return order_.accept_unlinked(read.event);
}

}  // namespace theater::replay
