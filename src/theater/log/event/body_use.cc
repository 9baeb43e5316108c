#include "theater/log/event/body_use.h"

#include <variant>

namespace theater::log {

namespace {

// Whether recovery may have to deliver it again: it is on its way to an actor with a chain on disk.
bool is_delivered_again(const Sent& sent) {
  const auto* peer = std::get_if<Peer>(&sent.to);
  return peer != nullptr && peer->durability != Durability::kMemory &&
         std::holds_alternative<SentAccepted>(sent.result);
}

std::optional<Hash> twin_of(const Body& body) {
  if (const auto* answered = std::get_if<Answered>(&body)) return answered->by;
  const auto* call = std::get_if<Call>(&body);
  const auto* sender = call == nullptr ? nullptr : std::get_if<Sender>(&call->from);
  return sender == nullptr ? std::nullopt : std::optional(sender->sent);
}

}  // namespace

bool is_output(const Body& body, size_t ordinal) {
  if (ordinal != 0) return false;
  return std::holds_alternative<Returned>(body) || std::holds_alternative<Host>(body) ||
         std::holds_alternative<Note>(body) || std::holds_alternative<Refused>(body) ||
         std::holds_alternative<Intent>(body) || std::holds_alternative<Sent>(body);
}

BodyUse body_use(const Body& body, size_t ordinal, bool inputs_only) {
  const auto* sent = std::get_if<Sent>(&body);
  BodyUse use;
  use.series =
      uint64_t{body.index()} << 40 | uint64_t{ordinal & 0xff} << 32 | function_of(body).value_or(0);
  use.is_output = is_output(body, ordinal);
  use.is_cited = ordinal == 0 && (sent != nullptr || std::holds_alternative<Returned>(body));
  if (ordinal == 0) use.twin = twin_of(body);
  if (inputs_only && use.is_output) {
    bool is_needed = sent != nullptr && is_delivered_again(*sent);
    use.keep = is_needed ? KeepBytes::kUntilTaken : KeepBytes::kNever;
  }
  return use;
}

}  // namespace theater::log
