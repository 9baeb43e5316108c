// What a server asks its program for each request.
#pragma once

#include "theater/net/http_message.h"
#include "theater/net/http_responder.h"

#include <cstdint>
#include <functional>

namespace theater {

// Both are called on the loop thread and must not block.
struct HttpHandlers {
  // Takes a whole request. Must be set.
  std::function<void(HttpRequest, HttpResponder)> handle;

  // The largest body of a request of which only the head has come, so that one route may take more
  // than others. `head` has the peer, and no ids. Called for requests that have a body. Empty for
  // HttpLimits::body_bytes_max.
  std::function<uint64_t(const HttpRequest& head)> body_bytes_max = {};
};

}  // namespace theater
