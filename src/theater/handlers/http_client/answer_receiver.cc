#include "theater/handlers/http_client/answer_receiver.h"

#include "theater/base/utf8.h"

#include <fmt/format.h>

#include <utility>

namespace theater {

namespace {

std::string from_latin1(std::string_view text) {
  std::string utf8;
  for (char c : text) {
    auto byte = static_cast<uint8_t>(c);
    if (byte < 0x80) {
      utf8 += c;
    } else {
      utf8 += static_cast<char>(0xc0 | (byte >> 6));
      utf8 += static_cast<char>(0x80 | (byte & 0x3f));
    }
  }
  return utf8;
}

}  // namespace

bool AnswerMemory::take(uint64_t bytes) {
  if (used_.fetch_add(bytes) + bytes <= bytes_max_) return true;
  used_.fetch_sub(bytes);
  return false;
}

std::string failure_text(const WebFailure& failure) {
  std::string text = fmt::format("{}: {}", web_failure_word(failure.kind), failure.text);
  if (failure.may_have_left) text += "; the server may have acted on the request";
  return text;
}

GuestHeaders guest_headers(const HttpHeaders& headers) {
  GuestHeaders all;
  for (const HttpHeader& header : headers) {
    all.emplace_back(header.name, is_utf8(header.value) ? header.value : from_latin1(header.value));
  }
  return all;
}

AnswerReceiver::~AnswerReceiver() {
  memory_->give_back(taken_);
}

void AnswerReceiver::attach(std::weak_ptr<HttpTransport::Exchange> exchange) {
  bool is_late = given_up_.with([&](GivenUp& given_up) {
    given_up.exchange = exchange;
    return given_up.is_given_up;
  });
  if (!is_late) return;
  if (auto started = exchange.lock()) started->cancel();
}

void AnswerReceiver::give_up(std::string why) {
  why_not_ = std::move(why);
  body_ = {};
  auto exchange = given_up_.with([](GivenUp& given_up) {
    given_up.is_given_up = true;
    return given_up.exchange.lock();
  });
  if (exchange) exchange->cancel();
}

void AnswerReceiver::head(WebHead head) {
  if (auto why = guard_ ? guard_->judge(head.headers) : std::nullopt) {
    return give_up(*std::move(why));
  }
  answer_.status = head.status;
  answer_.headers = guest_headers(head.headers);
}

bool AnswerReceiver::data(ByteView bytes) {
  if (why_not_) return true;
  if (guard_ == nullptr) {
    add(bytes);
    return true;
  }
  std::optional<Bytes> clean = guard_->next(bytes);
  clean ? add(*clean) : give_up(EchoGuard::reveals());
  return true;
}

void AnswerReceiver::add(ByteView bytes) {
  if (!memory_->take(bytes.size())) {
    return give_up(
        fmt::format("no-room: the node collects {} bytes of answers at most, and all are in use: "
                    "try later; the "
                    "server may have acted on the request",
                    memory_->bytes_max()));
  }
  taken_ += bytes.size();
  body_.insert(body_.end(), bytes.begin(), bytes.end());
}

void AnswerReceiver::over(std::optional<WebFailure> why) {
  if (!why_not_ && guard_) why_not_ = guard_->judge_end(why);
  if (!why && !why_not_ && guard_) add(guard_->finish());
  if (why_not_ || why) {
    std::string text = why_not_ ? *std::move(why_not_) : failure_text(*why);
    std::move(reply_).answer(tl::unexpected(std::move(text)));
    return;
  }
  if (!body_.empty()) answer_.body = std::move(body_);
  std::move(reply_).answer(std::move(answer_));
}

}  // namespace theater
