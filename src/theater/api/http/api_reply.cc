#include "theater/api/http/api_reply.h"

#include "theater/base/random.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <atomic>
#include <utility>
#include <vector>

namespace theater::api {

struct ApiReply::State {
  HttpResponder responder;
  std::string request_id;
  std::vector<std::shared_ptr<void>> leases;
  std::atomic<bool> is_answered{false};

  State(HttpResponder own_responder, std::string own_id)
      : responder(std::move(own_responder)), request_id(std::move(own_id)) {}
};

ApiReply::ApiReply(HttpResponder responder, std::string request_id)
    : state_(std::make_shared<State>(std::move(responder), std::move(request_id))) {}

std::optional<ApiReply> ApiReply::Weak::lock() const {
  std::shared_ptr<State> state = state_.lock();
  if (state == nullptr) return std::nullopt;
  return ApiReply(std::move(state));
}

bool ApiReply::take() const {
  return !state_->is_answered.exchange(true);
}

const std::string& ApiReply::request_id() const {
  return state_->request_id;
}

std::string new_request_id() {
  return fmt::format("{:016x}", OsRandom().next_u64());
}

// What guests wrote must not run as a page of the server's origin in a browser.
void add_common_headers(HttpAnswer& answer, const std::string& request_id) {
  answer.headers.add("X-Request-Id", request_id);
  answer.headers.add("Cache-Control", "no-store");
  answer.headers.add("X-Content-Type-Options", "nosniff");
  answer.headers.add("Content-Security-Policy", "sandbox; default-src 'none'");
}

void ApiReply::answer(HttpAnswer answer) const {
  if (!take()) return;
  add_common_headers(answer, state_->request_id);
  state_->leases.clear();
  state_->responder.answer(std::move(answer));
}

void ApiReply::json(int status, const views::Json& body) const {
  std::string text = body.dump(-1, ' ', false, views::Json::error_handler_t::replace);
  answer({status, {{"Content-Type", "application/json"}}, to_bytes(text)});
}

void ApiReply::fail(const Error& error) const {
  answer(problem(kind_of(error), error.to_string(), error.hint(), state_->request_id));
}

void ApiReply::fail(const ProblemKind& kind, std::string_view detail, std::string_view hint) const {
  answer(problem(kind, detail, hint, state_->request_id));
}

void ApiReply::fail_for_now(const ProblemKind& kind, std::string_view detail,
                            std::string_view hint) const {
  HttpAnswer later = problem(kind, detail, hint, state_->request_id);
  later.headers.add("Retry-After", "1");
  answer(std::move(later));
}

void ApiReply::fail_for_log(const Error& failure) const {
  fail(kUnavailable, "the node cannot write its log: " + failure.to_string(),
       "make room or mend the disk, and start the server again");
}

void ApiReply::hold(std::shared_ptr<void> lease) const {
  if (lease != nullptr) state_->leases.push_back(std::move(lease));
}

void ApiReply::fail(const OnceFailure& failure) const {
  const Error& error = failure.error;
  switch (failure.why) {
    case OnceRefusal::kNone:
      return fail(error);
    case OnceRefusal::kOtherRequest:
      return fail(kKeyReused, error.to_string(), error.hint());
    case OnceRefusal::kGone:
      return fail(kAnswerGone, error.to_string(), error.hint());
    case OnceRefusal::kRunning:
      return fail_for_now(kKeyInUse, error.to_string(), error.hint());
    case OnceRefusal::kNotReady:
      return fail_for_now(kUnavailable, error.to_string(), error.hint());
  }
}

BodyWriter ApiReply::stream(HttpAnswer head, StreamOptions options) const {
  if (!take()) return {nullptr, ConnectionId{}, nullptr};
  add_common_headers(head, state_->request_id);
  state_->leases.clear();
  return state_->responder.stream(std::move(head), std::move(options));
}

}  // namespace theater::api
