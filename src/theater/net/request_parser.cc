#include "theater/net/request_parser.h"

#include "theater/base/check.h"
#include "theater/net/head_parser.h"

#include <string>
#include <utility>

namespace theater {

namespace {

class RequestHeadParser final : public HeadParser<true> {
 public:
  explicit RequestHeadParser(HttpRequest& request) : request_(request) {}

 private:
  void on_request_impl(Verb, Text method, Text target, int version, Error&) override {
    request_.method = {method.data(), method.size()};
    request_.target = {target.data(), target.size()};
    request_.version_minor = version == 11 ? 1 : 0;
  }
  void on_field_impl(Field, Text name, Text value, Error&) override {
    request_.headers.add({name.data(), name.size()}, {value.data(), value.size()});
  }

  HttpRequest& request_;
};

// Makes `/path` of `http://host/path`. The check of the head has compared the host.
void make_origin_form(std::string& target) {
  if (target.starts_with('/') || target == "*") return;
  size_t host = target.find("//") + 2;
  size_t path = target.find_first_of("/?", host);
  target.erase(0, path == std::string::npos ? target.size() : path);
  if (!target.starts_with('/')) target.insert(0, 1, '/');
}

}  // namespace

RequestParser::State RequestParser::refuse(HttpRefusal refusal) {
  refusal_ = refusal;
  return state_ = State::kRefused;
}

RequestParser::State RequestParser::feed(ByteView& input) {
  if (state_ == State::kHead) {
    std::string_view received = as_text(input);
    HeadSearch search = find_head_end(received, searched_);
    if (search.refusal) return refuse(*search.refusal);
    if ((search.size == 0 ? received.size() : search.size) > limits_.head_bytes_max)
      return refuse(refuse_large_head(received, limits_));
    if (search.size == 0) {
      searched_ = received.size();
      return state_;
    }
    input = input.subspan(search.size);
    return read_head(received.substr(0, search.size));
  }
  if (state_ == State::kBody) {
    switch (body_.feed(input, request_.body, body_bytes_max_)) {
      case BodyProgress::kMore:
        break;
      case BodyProgress::kDone:
        state_ = State::kDone;
        break;
      case BodyProgress::kTooLarge:
        return refuse({413, "The body is too large."});
      case BodyProgress::kMalformed:
        return refuse({400, "The body is not in valid chunks."});
    }
  }
  return state_;
}

RequestParser::State RequestParser::read_head(std::string_view head) {
  if (auto refusal = check_request_head(head, limits_, form_)) return refuse(*refusal);
  request_ = {};
  facts_ = {};
  RequestHeadParser parser(request_);
  if (!parser.parse(head)) return refuse({400, "The head is no valid HTTP."});
  facts_.keeps_alive = parser.keep_alive();
  if (parser.chunked()) {
    facts_.framing = BodyFraming::kChunked;
  } else if (auto length = parser.content_length(); length && *length > 0) {
    facts_.framing = BodyFraming::kLength;
    facts_.length = *length;
  }
  if (auto expected = request_.headers.find("Expect"); expected && request_.version_minor == 1) {
    if (!equals_ignoring_case(*expected, "100-continue"))
      return refuse({417, "The only expectation that this server meets is `100-continue`."});
    facts_.expects_continue = true;
  }
  if (form_ == TargetForm::kServer) make_origin_form(request_.target);
  return state_ = State::kHeadRead;
}

RequestParser::State RequestParser::begin_body(uint64_t body_bytes_max) {
  THEATER_CHECK(state_ == State::kHeadRead);
  if (facts_.framing == BodyFraming::kLength && facts_.length > body_bytes_max)
    return refuse({413, "The body is too large."});
  body_bytes_max_ = body_bytes_max;
  body_ = BodyDecoder(facts_.framing, facts_.length);
  return state_ = facts_.framing == BodyFraming::kNone ? State::kDone : State::kBody;
}

HttpRequest RequestParser::take() {
  THEATER_CHECK(state_ == State::kDone);
  state_ = State::kHead;
  searched_ = 0;
  return std::exchange(request_, {});
}

}  // namespace theater
