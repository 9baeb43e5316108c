// http_stream.hpp in a unit test, which makes the events: TestActor::stream_head and its like.
#pragma once

#include "theater/detail/native_host.hpp"

namespace theater::http_stream {

inline Result<uint64_t> open(const http::Request& request) {
  testing::Host& host = testing::Host::current();
  host.http_requests.push_back(request);
  if (host.streams.size() >= testing::kStreamsMax) {
    return fail("no-room: " + std::to_string(testing::kStreamsMax) +
                " streams of this actor are open, which is the limit: cancel one first");
  }
  if (host.on_open_stream) THEATER_TRY_VOID(host.on_open_stream(request));
  host.streams[++host.streams_opened].request = request;
  return host.streams_opened;
}

inline Status pause(uint64_t id) {
  THEATER_TRY(testing::Host::current().find_stream(id))->is_paused = true;
  return {};
}

inline Status resume(uint64_t id) {
  THEATER_TRY(testing::Host::current().find_stream(id))->is_paused = false;
  return {};
}

inline Status cancel(uint64_t id) {
  testing::Host& host = testing::Host::current();
  THEATER_TRY(host.find_stream(id));
  host.streams.erase(id);
  host.cancelled_streams.push_back(id);
  return {};
}

}  // namespace theater::http_stream

#define THEATER_DETAIL_HTTP_STREAM_HANDLERS(Actor)                           \
  static_assert(requires {                                                   \
    ::theater::detail::call_stream<Actor>(::theater::detail::KeptState(), 0, \
                                          ::theater::http_stream::Event());  \
  });
