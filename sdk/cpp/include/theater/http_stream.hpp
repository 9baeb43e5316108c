// Responses that arrive piece by piece: theater:http-stream/client and -handlers.
//
//   Status handle_send(std::string_view question) {
//     stream = THEATER_TRY(http_stream::open({.uri = "https://example.org/events"}));
//     return {};
//   }
//   Status handle_stream(uint64_t id, const http_stream::Event& event);
//
//   THEATER_ACTOR(Actor)
//   THEATER_HTTP_STREAM_HANDLERS(Actor)
//
// The actor takes other calls between two events of a stream. A stream has at most one `kHead`,
// then any number of `kData`, and then one `kEnd` or `kFailed`, with which it is closed. Where a
// piece of data begins and ends says nothing: server_sent_events.hpp finds the events in it.
//
// Streams end with the instance that opened them. If the next instance keeps the state, it gets
// `kFailed` for each stream that was open, and the error says `interrupted`. The manifest must list
// the handler `http-client`; the grant is the one of http_client.hpp.
#pragma once

#include "theater/actor.hpp"
#include "theater/detail/http_types.hpp"

#include <cstdint>
#include <string_view>

namespace theater::http_stream {

// What happened on a stream.
struct Event {
  enum class Kind : uint8_t { kHead, kData, kEnd, kFailed };

  Kind kind = Kind::kEnd;
  uint16_t status = 0;         // Of a head.
  http::Headers headers = {};  // Of a head.
  std::string_view data = {};  // At least one byte. Lives until the callback returns.
  // Why it failed, in the form of the errors of send_http. Lives until the callback returns.
  std::string_view error = {};
};

// Starts a request, and answers with the id of its stream; the response comes by handle_stream. An
// actor never sees an id twice. Fails if the request is not granted, or if the actor has 64 open
// streams.
Result<uint64_t> open(const http::Request& request);

// Stops the events of a stream, and lets its server wait. An event that waits for the actor already
// still arrives.
Status pause(uint64_t id);

// Continues after pause().
Status resume(uint64_t id);

// Closes a stream and its connection. An event that waits for the actor already still arrives, so
// an actor ignores events of ids that it does not know.
Status cancel(uint64_t id);

}  // namespace theater::http_stream

#include "theater/detail/http_stream_callbacks.hpp"

#if defined(__wasm__) && !defined(THEATER_NATIVE)
#include "theater/detail/wasm_http_stream.hpp"
#else
#include "theater/detail/native_http_stream.hpp"
#endif

// At namespace scope, once, after THEATER_ACTOR(Actor).
#define THEATER_HTTP_STREAM_HANDLERS(Actor) THEATER_DETAIL_HTTP_STREAM_HANDLERS(Actor)
