// Server-sent events: text events in the body of a response that may not end, such as the tokens
// of a language model.
//
//   struct Watcher {
//     ServerSentEventParser parser;
//     THEATER_FIELDS(parser)
//
//     Status handle_stream(uint64_t id, const http_stream::Event& event) {
//       std::vector<ServerSentEvent> events;
//       if (event.kind == http_stream::Event::Kind::kData)
//         THEATER_TRY_VOID(parser.feed(event.data, events));
//       …
//
// The parser takes the pieces of one body as they arrive, cut anywhere, and finds the events in
// them by the rules of the HTML standard, section 9.2. It is a field that an actor keeps from call
// to call, whatever the actor's codec. A body has a parser of its own.
#pragma once

#include "theater/codec.hpp"
#include "theater/detail/utf8_decoder.hpp"
#include "theater/result.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace theater {

struct ServerSentEvent {
  std::string type = "message";
  std::string data;  // Lines with \n between them.
  std::string id;    // The last id that the stream has given, in this event or before; or empty.

  bool operator==(const ServerSentEvent&) const = default;
};

// The parser keeps what has not ended yet, and a state has a bound too: half of the `payload_bytes`
// of the actor's limits. An actor with many streams needs less for each than this.
struct ServerSentEventBounds {
  // The most bytes of a line, as UTF-8 and without its end. Comments have no bound.
  size_t line_bytes_max = size_t{1} << 20;
  // The most bytes of an event's data, with a line end behind each line.
  size_t data_bytes_max = size_t{4} << 20;
};

class ServerSentEventParser {
 public:
  // Appends the events that end in this piece to `events`; an event without data is none. An event
  // that the body's end cuts off never comes. Bytes that are not UTF-8 become U+FFFD. Fails where a
  // line or an event is over its bound; the parser is then at the beginning of a body.
  Status feed(std::string_view piece, std::vector<ServerSentEvent>& events,
              const ServerSentEventBounds& bounds = {});

  // The id of the last event that has come whole: the header `Last-Event-ID` of a request that
  // continues the stream.
  const std::string& last_event_id() const { return last_id_; }

  // How long the server wants a client to wait before it connects again, if the server says so.
  std::optional<uint64_t> retry_ms() const { return retry_ms_; }

  THEATER_FIELDS(decoder_, line_, has_begun_, after_cr_, type_, data_, id_, last_id_, retry_ms_)

 private:
  // These return false at a bound.
  bool take_characters(std::string_view characters, size_t bytes_max);
  bool take_line(std::vector<ServerSentEvent>& events, size_t data_bytes_max);
  bool take_field(std::string_view name, std::string_view value, size_t data_bytes_max);
  void take_retry(std::string_view value);
  void dispatch(std::vector<ServerSentEvent>& events);

  detail::Utf8Decoder decoder_;
  std::string line_;        // Begun and not ended.
  bool has_begun_ = false;  // The first character was read: no byte order mark follows.
  bool after_cr_ = false;   // A line feed that follows belongs to the line break before it.
  std::string type_;        // These two are of the event that has begun.
  std::string data_;        // With \n behind each line.
  std::string id_;          // For this event, and for those behind it without one.
  std::string last_id_;
  std::optional<uint64_t> retry_ms_;
};

}  // namespace theater

#include "theater/detail/server_sent_events_impl.hpp"
