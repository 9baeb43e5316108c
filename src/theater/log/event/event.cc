#include "theater/log/event/event.h"

#include "theater/log/event/for_each_payload.h"
#include "theater/wit/traits.h"

namespace theater::log {

Hash detached_hash(const Salt& salt, ByteView bytes) {
  static constexpr uint8_t kDetachedPrefix[] = {0x02};
  return sha256({ByteView(kDetachedPrefix), ByteView(salt), bytes});
}

std::string_view body_name(const Body& body) {
  return std::visit([](const auto& alternative) { return alternative.kCaseName; }, body);
}

std::optional<uint32_t> function_of(const Body& body) {
  return std::visit(
      [](const auto& alternative) -> std::optional<uint32_t> {
        if constexpr (requires { alternative.function; }) return alternative.function;
        return std::nullopt;
      },
      body);
}

void encode_event(Bytes& out, const Hash& parent, uint64_t seq, uint64_t time, const Body& body) {
  wit::encode_to(out, parent);
  wit::append_u(out, seq);
  wit::append_u(out, time);
  wit::encode_to(out, body);
}

Bytes encode_event(const Event& event) {
  return wit::encode(event);
}

Result<Event> decode_event(ByteView bytes) {
  Event event = THEATER_TRY(decode_event_in_place(bytes));
  own_payloads(event.body);
  return event;
}

Result<Event> decode_event_in_place(ByteView bytes) {
  return wit::decode<Event>(bytes);
}

Result<void> decode_event_in_place(ByteView bytes, Event& event) {
  return wit::decode_into(bytes, event);
}

Result<Hash> event_parent(ByteView bytes) {
  wit::ByteReader reader(bytes);
  return wit::decode_from<Hash>(reader);
}

Result<ByteView> event_body(ByteView bytes) {
  wit::ByteReader reader(bytes);
  THEATER_TRY_VOID(wit::decode_from<Hash>(reader));
  THEATER_TRY_VOID(reader.read_u(64));
  THEATER_TRY_VOID(reader.read_u(64));
  return reader.rest();
}

void own_payloads(Body& body) {
  for_each_payload(body, [](Payload& payload) {
    if (auto* found = std::get_if<Inline>(&payload)) found->value.own();
  });
}

}  // namespace theater::log
