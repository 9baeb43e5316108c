#include "theater/net/request_parser.h"

#include "theater/base/check.h"

#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>

#include <string>
#include <utility>

namespace theater {

namespace {

namespace beast = boost::beast;
namespace http = boost::beast::http;
using boost::system::error_code;

std::string to_string(beast::string_view text) {
  return {text.data(), text.size()};
}

// Beast's parser, which leaves the parts of a head where they belong. It never sees a body.
class HeadParser final : public http::basic_parser<true> {
 public:
  explicit HeadParser(HttpRequest& request) : request_(request) {}

 private:
  void on_request_impl(http::verb, beast::string_view method, beast::string_view target,
                       int version, error_code&) override {
    request_.method = to_string(method);
    request_.target = to_string(target);
    request_.version_minor = version == 11 ? 1 : 0;
  }
  void on_field_impl(http::field, beast::string_view name, beast::string_view value,
                     error_code&) override {
    request_.headers.add(to_string(name), to_string(value));
  }
  void on_response_impl(int, beast::string_view, int, error_code&) override {}
  void on_header_impl(error_code&) override {}
  void on_body_init_impl(const boost::optional<uint64_t>&, error_code&) override {}
  size_t on_body_impl(beast::string_view, error_code& error) override { return no_body(error); }
  void on_chunk_header_impl(uint64_t, beast::string_view, error_code& error) override {
    no_body(error);
  }
  size_t on_chunk_body_impl(uint64_t, beast::string_view, error_code& error) override {
    return no_body(error);
  }
  void on_finish_impl(error_code&) override {}

  static size_t no_body(error_code& error) {
    error = http::error::unexpected_body;
    return 0;
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
  if (auto refusal = check_request_head(head, limits_)) return refuse(*refusal);
  request_ = {};
  facts_ = {};
  HeadParser parser(request_);
  parser.header_limit(static_cast<uint32_t>(head.size() + 1));
  parser.body_limit(boost::none);
  error_code error;
  size_t parsed = parser.put({head.data(), head.size()}, error);
  if (error || parsed != head.size() || !parser.is_header_done())
    return refuse({400, "The head is no valid HTTP."});
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
  make_origin_form(request_.target);
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
