#include "theater/runtime/redelivery.h"

#include "theater/actor/messaging/export_function.h"
#include "theater/base/check.h"
#include "theater/log/check/message_ledger.h"
#include "theater/log/event/for_each_payload.h"
#include "theater/log/reader/chain_source.h"
#include "theater/wit/traits.h"

#include <optional>
#include <string>
#include <tuple>
#include <vector>

namespace theater {

Result<log::Event> whole_event(log::LogCursor& cursor, ByteView bytes) {
  log::Event event = THEATER_TRY(log::decode_event(bytes));
  size_t detached = log::count_detached(event.body);
  if (detached == 0) return event;
  std::vector<std::optional<log::StoredBody>> bodies = THEATER_TRY(cursor.bodies(detached));
  log::put_bodies_in(event.body, bodies);
  log::own_payloads(event.body);
  return event;
}

Result<log::Event> read_event(const log::LogReader& reader, uint64_t index) {
  log::LogCursor cursor = reader.node_cursor(index);
  std::optional<log::StoredEvent> stored = THEATER_TRY(cursor.next());
  THEATER_CHECK(stored && stored->index == index, "event {} of the log is not there", index);
  return whole_event(cursor, stored->bytes);
}

Result<log::Event> read_event(const log::LogReader& reader, const ActorId& actor, uint64_t seq) {
  log::LogCursor cursor = reader.actor_cursor(actor, seq);
  log::StoredEvent stored = THEATER_TRY(log::next_of_chain(cursor, actor));
  return whole_event(cursor, stored.bytes);
}

Result<Message> read_message(const log::LogReader& reader, const log::Undelivered& open,
                             log::Durability sender) {
  log::Event event = THEATER_TRY(read_event(reader, open.index));
  const auto* sent = std::get_if<log::Sent>(&event.body);
  THEATER_CHECK(sent != nullptr, "event {} of the log is no `sent`", open.index);
  const log::Blob* arguments = log::inline_bytes(sent->arguments);
  if (arguments == nullptr) {
    return fail(ErrorCode::kNotFound, "its bytes were removed from the log");
  }
  using Arguments = std::tuple<std::string, Bytes>;
  Arguments decoded = THEATER_TRY(wit::decode<Arguments>(arguments->view()));
  const Bytes& payload = std::get<1>(decoded);
  Message message;
  message.from = log::Sender{open.from, sender, open.sent};
  if (open.kind == log::SentKind::kRequest) {
    message.function = &handle_request_function();
    message.params = request_params(fmt::format("{}-{}", open.from.to_string(), open.seq), payload);
  } else {
    message.function = &handle_send_function();
    message.params = message_params(payload);
  }
  return message;
}

}  // namespace theater
