// How a route answers: once, now or later, from any thread.
//
// Callbacks of the runtime may be copied, and a HttpResponder may not. So an ApiReply is a handle that
// may be copied. The first answer counts, and any later one is dropped: a request of a token that is
// revoked is answered while an actor may still have its message.
#pragma once

#include "theater/api/http/problem.h"
#include "theater/base/result.h"
#include "theater/net/http_responder.h"
#include "theater/runtime/once_failure.h"
#include "theater/views/json.h"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace theater::api {

// The headers that every answer of the API has.
void add_common_headers(HttpAnswer& answer, const std::string& request_id);

// A name for a request in answers and log lines: 16 hexadecimal digits.
std::string new_request_id();

// Answers are safe from any thread; hold() is for the thread that handles the request, before
// another one may answer.
class ApiReply {
  struct State;

 public:
  ApiReply(HttpResponder responder, std::string request_id);

  // A handle that keeps nothing of the request. Safe from any thread.
  class Weak {
   public:
    explicit Weak(const ApiReply& reply) : state_(reply.state_) {}
    // None once no other handle is left.
    std::optional<ApiReply> lock() const;

   private:
    std::weak_ptr<State> state_;
  };

  void json(int status, const views::Json& body) const;
  void answer(HttpAnswer answer) const;
  // `detail` and `hint` of the error, under its own kind or the given one.
  void fail(const Error& error) const;
  void fail(const ProblemKind& kind, std::string_view detail, std::string_view hint = {}) const;
  // The node will do it soon: the answer says when to ask again.
  void fail_for_now(const ProblemKind& kind, std::string_view detail,
                    std::string_view hint = {}) const;
  // The node's log has failed, so that no actor runs until a restart.
  void fail_for_log(const Error& failure) const;
  // The same of a request with an idempotency key. Says when to ask again if that helps.
  void fail(const OnceFailure& failure) const;

  // Sends `head`, and then what is written. The stream of a request that has an answer is closed
  // from the start.
  BodyWriter stream(HttpAnswer head, StreamOptions options) const;

  const std::string& request_id() const;

  // Keeps `lease` until the answer, or the head of a stream, is there.
  void hold(std::shared_ptr<void> lease) const;

 private:
  explicit ApiReply(std::shared_ptr<State> state) : state_(std::move(state)) {}
  // Whether this is the first answer.
  bool take() const;

  std::shared_ptr<State> state_;
};

}  // namespace theater::api
