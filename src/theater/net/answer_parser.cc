#include "theater/net/answer_parser.h"

#include "theater/net/answer_head.h"
#include "theater/net/head_parser.h"

#include <string>

namespace theater {

namespace {

class AnswerHeadParser final : public HeadParser<false> {
 public:
  explicit AnswerHeadParser(HttpAnswer& answer) : answer_(answer) {}

 private:
  void on_response_impl(int code, Text, int, Error&) override { answer_.status = code; }
  void on_field_impl(Field, Text name, Text value, Error&) override {
    answer_.headers.add({name.data(), name.size()}, {value.data(), value.size()});
  }

  HttpAnswer& answer_;
};

}  // namespace

Result<AnswerHead> parse_answer_head(std::string_view head, std::string_view method) {
  AnswerHead read;
  AnswerHeadParser parser(read.answer);
  if (!parser.parse(head))
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
