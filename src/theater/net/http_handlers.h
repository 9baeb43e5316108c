// What a server asks its program for each request.
#pragma once

#include "theater/net/http_message.h"
#include "theater/net/http_responder.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string_view>

namespace theater {

// What a program says to the head of a request that has a body.
struct HttpAdmission {
  // The largest body.
  uint64_t body_bytes_max = 0;
  // Kept until the connection ends or the request goes to the handler, as HttpRequest::hold.
  std::shared_ptr<void> hold = {};
  // If set, the client gets this answer, the body is not read, and the connection ends.
  std::optional<HttpAnswer> refusal = {};
};

// All are called on the loop thread and must not block.
struct HttpHandlers {
  // Takes a whole request. Must be set.
  std::function<void(HttpRequest, HttpResponder)> handle;

  // Admits a request of which only the head has come, so that one route may take more than others.
  // `head` has the peer, and no ids. `length` is that of the body, if the head states it. Called for
  // requests that have a body. Empty for HttpLimits::body_bytes_max.
  std::function<HttpAdmission(const HttpRequest& head, std::optional<uint64_t> length)> admit = {};

  // Makes the answer to a client whose bytes are no request that the server takes, before any handler
  // has it. `why` is a sentence without anything of the request. Empty for plain text.
  std::function<HttpAnswer(int status, std::string_view why)> refuse = {};
};

}  // namespace theater
