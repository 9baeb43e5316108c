// How a route answers: once, now or later, from any thread.
//
// Callbacks of the runtime may be copied, and a HttpResponder may not. So an ApiReply is a handle that
// may be copied. The first answer counts; the runtime promises that there is no second one.
#pragma once

#include "theater/api/http/problem.h"
#include "theater/base/result.h"
#include "theater/net/http_responder.h"
#include "theater/runtime/once_failure.h"
#include "theater/views/json.h"

#include <memory>
#include <string>
#include <string_view>

namespace theater::api {

// The headers that every answer of the API has.
void add_common_headers(HttpAnswer& answer, const std::string& request_id);

// A name for a request in answers and log lines: 16 hexadecimal digits.
std::string new_request_id();

// Safe from any thread, though one thread at a time uses a handle.
class ApiReply {
 public:
  ApiReply(HttpResponder responder, std::string request_id);

  void json(int status, const views::Json& body) const;
  void answer(HttpAnswer answer) const;
  // `detail` and `hint` of the error, under its own kind or the given one.
  void fail(const Error& error) const;
  void fail(const ProblemKind& kind, std::string_view detail, std::string_view hint = {}) const;
  // The same of a request with an idempotency key. Says when to ask again if that helps.
  void fail(const OnceFailure& failure) const;

  // Sends `head`, and then what is written.
  BodyWriter stream(HttpAnswer head, StreamOptions options) const;

  const std::string& request_id() const;

  // Keeps `lease` until the answer, or the head of a stream, is there.
  void hold(std::shared_ptr<void> lease) const;

 private:
  struct State;

  std::shared_ptr<State> state_;
};

}  // namespace theater::api
