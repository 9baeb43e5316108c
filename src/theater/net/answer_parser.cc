#include "theater/net/answer_parser.h"

#include "theater/net/answer_head.h"

#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>

#include <string>

namespace theater {

namespace {

namespace beast = boost::beast;
namespace http = boost::beast::http;
using boost::system::error_code;

// Beast's parser, which never sees a body.
class AnswerHeadParser final : public http::basic_parser<false> {
 public:
  explicit AnswerHeadParser(HttpAnswer& answer) : answer_(answer) {}

 private:
  void on_response_impl(int code, beast::string_view, int, error_code&) override {
    answer_.status = code;
  }
  void on_field_impl(http::field, beast::string_view name, beast::string_view value,
                     error_code&) override {
    answer_.headers.add({name.data(), name.size()}, {value.data(), value.size()});
  }
  void on_request_impl(http::verb, beast::string_view, beast::string_view, int,
                       error_code&) override {}
  void on_header_impl(error_code&) override {}
  void on_body_init_impl(const boost::optional<uint64_t>&, error_code&) override {}
  size_t on_body_impl(beast::string_view, error_code& error) override { return refuse(error); }
  void on_chunk_header_impl(uint64_t, beast::string_view, error_code& error) override {
    refuse(error);
  }
  size_t on_chunk_body_impl(uint64_t, beast::string_view, error_code& error) override {
    return refuse(error);
  }
  void on_finish_impl(error_code&) override {}

  static size_t refuse(error_code& error) {
    error = http::error::unexpected_body;
    return 0;
  }

  HttpAnswer& answer_;
};

}  // namespace

Result<AnswerHead> parse_answer_head(std::string_view head, std::string_view method) {
  AnswerHead read;
  AnswerHeadParser parser(read.answer);
  parser.header_limit(static_cast<uint32_t>(head.size() + 1));
  parser.body_limit(boost::none);
  error_code error;
  size_t parsed = parser.put({head.data(), head.size()}, error);
  if (error || parsed != head.size() || !parser.is_header_done())
    return fail(ErrorCode::kCorrupt, "the head of the answer is no valid HTTP");
  read.keeps_alive = parser.keep_alive();
  int status = read.answer.status;
  if (method == "HEAD" || status < 200 || has_no_body(status)) {
    read.framing = BodyFraming::kNone;
  } else if (parser.chunked()) {
    read.framing = BodyFraming::kChunked;
  } else if (auto length = parser.content_length()) {
    read.framing = *length == 0 ? BodyFraming::kNone : BodyFraming::kLength;
    read.length = *length;
  } else {
    read.framing = BodyFraming::kUntilEnd;
    read.keeps_alive = false;
  }
  return read;
}

}  // namespace theater
