// A client of the web for requests that come from guests: one thread, any number of requests.
//
//   WebClient client({});
//   WebClient::Id id = client.start(std::move(request), receiver);
//
// Each request is one hop: it goes to one URL, and a redirection is its answer (web_exchange.h
// follows them). The host's name is looked up by name_lookups.h, and the addresses are checked before
// libcurl sees them. An address that is not public is reached only if the request allows it. The
// address of a connection is checked again before each request on it, so that no request uses a
// connection that it could not have made. Requests of different pools share nothing.
//
// HTTP/1.1 and, by agreement within TLS, HTTP/2. A server's certificate must be valid for the URL's
// host. No proxy, no cookie, no credential and no variable of the environment has any effect.
//
// libcurl repeats a request by itself only if its method is GET, HEAD or OPTIONS, and only if a
// connection that was open from an earlier request ended before the first byte of an answer. Every
// other request is sent at most once.
#pragma once

#include "theater/net/name_lookup.h"
#include "theater/net/web_request.h"

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <thread>

namespace theater {

class WebInbox;
class WebLoop;

// Safe from any thread, but for the destructor.
class WebClient {
 public:
  using Id = WebRequestId;

  struct Options {
    Resolver resolver = resolve_by_system;
    // Requests from start() to over(). One more fails as kNoRoom.
    size_t in_flight_max = 10'000;
    // Pools without a request, each with the connections that it keeps. Beyond the bound, the pool
    // that was used least recently is closed.
    size_t idle_pools_max = 256;
    // Idle connections in all. Beyond the bound, a connection is closed after its request.
    size_t idle_connections_max = 1024;
    // A pool without a request is closed after this time. In a pool that has some, a connection is
    // not used any more after this time, rounded up to seconds, and closed within three times as
    // long.
    std::chrono::milliseconds idle_time{60'000};
  };

  WebClient() : WebClient(Options()) {}
  explicit WebClient(Options options);
  // finish().
  ~WebClient();
  WebClient(const WebClient&) = delete;
  WebClient& operator=(const WebClient&) = delete;

  // Ends all requests as kCancelled, and returns after the last over(). The receiver of a request
  // that starts later is dropped without a call. For one thread, which is not the client's; a second
  // call does nothing.
  void finish();

  // Begins a request, and never blocks. Everything that prevents it is told by the receiver's
  // over(). The times of its bounds count from here.
  //
  // Only when in_flight_max refusals (kNoRoom) wait for the client's thread as well, over() is
  // called on the caller's thread, before start() returns.
  Id start(WebRequest request, std::shared_ptr<WebReceiver> receiver);
  // The same for a request that the caller needs as well.
  Id start(std::shared_ptr<const WebRequest> request, std::shared_ptr<WebReceiver> receiver);

  // over() with kCancelled follows, unless the request is over already.
  void cancel(Id id);
  // Continues after the receiver's data() was false. Without effect for a request that is not
  // paused.
  void resume(Id id);

  // Calls the receiver's over() on the client's thread, for callers that fail between two requests.
  void report(WebFailure failure, std::shared_ptr<WebReceiver> receiver);

 private:
  const Options options_;
  // Shared with the loop and the threads of lookups, which may be last.
  const std::shared_ptr<WebInbox> inbox_;
  std::atomic<uint64_t> ids_{0};
  std::unique_ptr<WebLoop> loop_;
  std::thread thread_;
};

}  // namespace theater
