// Streams of server-sent events that strangers send to guests, cut anywhere.
//
// The same body has the same events in whatever pieces it comes, whichever codec keeps the parser
// between two of them. What an event holds is valid UTF-8 and within its bounds.
#include <theater/server_sent_events.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace {

using theater::ServerSentEvent;
using theater::ServerSentEventParser;

constexpr theater::ServerSentEventBounds kBounds{.line_bytes_max = 40, .data_bytes_max = 60};

void check(bool is_so, const char* what) {
  if (is_so) return;
  std::fprintf(stderr, "server_sent_events_fuzz: not so: %s\n", what);
  std::abort();
}

struct Outcome {
  std::vector<ServerSentEvent> events;
  bool is_refused = false;
  std::optional<std::string> kept;
  bool operator==(const Outcome&) const = default;
};

// Feeds the body to a parser that is kept between pieces of so many bytes. Stops at a refusal.
template <class Codec>
Outcome parse(std::string_view body, size_t piece_bytes) {
  Outcome outcome;
  std::optional<std::string> kept;
  while (!body.empty() && !outcome.is_refused) {
    auto parser = Codec::template load<ServerSentEventParser>(kept);
    check(parser.has_value(), "a parser that was kept loads");
    outcome.is_refused = !parser->feed(body.substr(0, piece_bytes), outcome.events, kBounds);
    body.remove_prefix(std::min(piece_bytes, body.size()));
    kept = Codec::save(*parser);
    outcome.kept = theater::RecordCodec::save(*parser);
  }
  return outcome;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  size_t piece_bytes = 1 + data[0] % 16;
  std::string_view body(reinterpret_cast<const char*>(data) + 1, size - 1);
  Outcome whole = parse<theater::RecordCodec>(body, size);
  check(parse<theater::RecordCodec>(body, piece_bytes) == whole, "pieces do not matter");
  check(parse<theater::JsonCodec>(body, piece_bytes) == whole, "the codec does not matter");
  for (const ServerSentEvent& event : whole.events) {
    for (const std::string* text : {&event.type, &event.data, &event.id})
      check(theater::detail::utf8_prefix(*text) == text->size(), "a text is UTF-8");
    check(event.data.size() < kBounds.data_bytes_max, "data has a bound");
    check(!event.type.empty() && event.type.size() <= kBounds.line_bytes_max, "a type has a bound");
    check(event.id.find('\0') == event.id.npos, "an id has no zero byte");
  }
  return 0;
}
