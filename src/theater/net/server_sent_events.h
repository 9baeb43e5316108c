// Server-Sent Events: a stream of text events in the body of an answer that does not end.
//
// The format is the one of the HTML standard (9.2). A writer sends events on a BodyWriter; a parser
// takes them out of the bytes of such a body. An event keeps its id, so that a client which lost its
// connection can say in Last-Event-ID where to continue.
#pragma once

#include "theater/base/bytes.h"
#include "theater/base/result.h"
#include "theater/net/http_message.h"
#include "theater/net/http_responder.h"
#include "theater/net/stream_buffer.h"

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace theater {

// Value type.
struct ServerSentEvent {
  std::string id;    // Without line breaks and zero bytes; empty for none.
  std::string name;  // Without line breaks; empty for the usual `message`.
  std::string data;  // Of any number of lines. A reader sees each line break as \n.
  bool operator==(const ServerSentEvent&) const = default;
};

// The text of an event, with its empty line. Fails with kInvalidArgument for an id or a name that
// contains what it must not. Safe from any thread.
Result<std::string> event_text(const ServerSentEvent& event);

// The head of an answer that streams events, and options with a heartbeat for its stream.
HttpAnswer event_stream_head();
StreamOptions event_stream_options();

// Sends events. Move-only; one thread at a time may use it.
class EventWriter {
 public:
  explicit EventWriter(BodyWriter body) : body_(std::move(body)) {}

  // Sends whole events, each as event_text() writes it: all of them or none. Never waits. The bytes
  // may go to several clients, and are not copied.
  WriteOutcome send(std::shared_ptr<const Bytes> events) { return body_.write(std::move(events)); }
  // Sends a comment, which readers ignore. Line breaks in it become spaces.
  WriteOutcome comment(std::string_view text);
  void finish() { body_.finish(); }
  // Whether the client has gone, or the stream was finished.
  bool is_closed() const { return body_.is_closed(); }

 private:
  BodyWriter body_;
};

// Takes events out of a body that comes in pieces. Not thread-safe.
class EventParser {
 public:
  // The most bytes of one event.
  static constexpr size_t kEventBytesMax = size_t{8} << 20;

  // Appends the events that are complete to `out`. Fails with kResourceExhausted for an event over
  // the bound; the parser must not be used afterwards.
  Result<void> feed(ByteView bytes, std::vector<ServerSentEvent>& out);

 private:
  void take_line(std::string_view line, std::vector<ServerSentEvent>& out);

  std::string line_;
  ServerSentEvent event_;
  bool has_data_ = false;
  bool after_cr_ = false;  // A line feed that follows belongs to the same line break.
  bool is_first_line_ = true;
};

}  // namespace theater
