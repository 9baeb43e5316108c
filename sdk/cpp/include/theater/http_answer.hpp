// Answers that an actor begins now and writes piece by piece later, such as the tokens of a model:
// theater:http-stream/server and -handlers.
//
//   Result<http::Response> handle_http_request(uint64_t, const http::Request&) {
//     answer = THEATER_TRY(http_answer::open());
//     return http::Response{.status = 200, .headers = {{"Content-Type", "text/event-stream"}}};
//   }
//   Status handle_tick(std::string_view, uint64_t) {
//     THEATER_TRY(http_answer::write(answer, server_sent_event("tick")));
//     return {};
//   }
//
// The bytes of a call leave the node when the call is on record, in their order and at most once. A
// write never waits: the node keeps a bounded number of bytes for a slow client, and says when they
// are too many. An actor that writes much stops there, and continues in a callback:
//
//   Status handle_answer(uint64_t answer, const http_answer::Event& event);
//
//   THEATER_ACTOR(Actor)
//   THEATER_HTTP_ANSWER_HANDLERS(Actor)
//
// An actor without that macro cannot open answers. Answers end with the instance that opened them.
// The manifest must list the handler `http-framework`.
#pragma once

#include "theater/actor.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace theater::http_answer {

// What happened to an open answer.
struct Event {
  enum class Kind : uint8_t {
    kRoom,  // At least half of the buffer is free again, after a write that found or left it full.
    kGone,  // The client has gone, or the answer ended with its instance. The answer's last event.
  };

  Kind kind = Kind::kGone;
  // Why it is gone: a stable word, a colon and an explanation. Lives until the callback returns.
  std::string_view error = {};
};

// Keeps the answer to the request of this call open, and gives its id, which an actor never sees
// twice. The response that the call returns is the head of the answer and its first bytes. Fails
// outside of a call with a request, twice in one, and if the actor has too many open answers.
Result<uint64_t> open();

// Adds bytes, all or none. True if there is room for more; false if the bytes were taken and the
// buffer is full, in which case the actor waits for kRoom. Fails with `full: …` if there was no
// room, or for more than 256 KiB, and with `closed: …` if no answer of that id is open.
Result<bool> write(uint64_t answer, std::string_view bytes);

// Ends an answer after what was written: the client sees that it is whole. Fails with `closed: …`.
Status finish(uint64_t answer);

// Ends the connection, so that the client sees that the answer was cut off. Fails with `closed: …`.
Status abort(uint64_t answer);

}  // namespace theater::http_answer

namespace theater {

// A server-sent event as text, for an answer of the type `text/event-stream`. Each line of `data`
// becomes a line of the event. A type or an id has no line ends: what follows one is left out.
inline std::string server_sent_event(std::string_view data, std::string_view type = "",
                                     std::string_view id = "") {
  std::string text;
  auto field = [&](std::string_view name, std::string_view value) {
    text.append(name).append(": ").append(value).append("\n");
  };
  if (!type.empty()) field("event", type.substr(0, type.find_first_of("\r\n")));
  if (!id.empty()) field("id", id.substr(0, id.find_first_of("\r\n")));
  while (true) {
    size_t end = data.find_first_of("\r\n");
    field("data", data.substr(0, end));
    if (end == std::string_view::npos) return text + "\n";
    data.remove_prefix(end + (data.substr(end).starts_with("\r\n") ? 2 : 1));
  }
}

}  // namespace theater

#include "theater/detail/http_answer_callbacks.hpp"

#if defined(__wasm__) && !defined(THEATER_NATIVE)
#include "theater/detail/wasm_http_answer.hpp"
#else
#include "theater/detail/native_http_answer.hpp"
#endif

// At namespace scope, once, after THEATER_ACTOR(Actor).
#define THEATER_HTTP_ANSWER_HANDLERS(Actor) THEATER_DETAIL_HTTP_ANSWER_HANDLERS(Actor)
