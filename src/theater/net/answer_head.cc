#include "theater/net/answer_head.h"

#include "theater/net/request_head.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>

namespace theater {

namespace {

constexpr std::array<std::string_view, 10> kConnectionHeaders = {
    "Connection", "Content-Length",    "Date",    "Keep-Alive",          "Proxy-Connection", "TE",
    "Trailer",    "Transfer-Encoding", "Upgrade", "Sec-WebSocket-Accept"};

bool is_connection_header(std::string_view name) {
  return std::any_of(kConnectionHeaders.begin(), kConnectionHeaders.end(),
                     [&](std::string_view other) { return equals_ignoring_case(name, other); });
}

}  // namespace

bool has_no_body(int status) {
  return status == 204 || status == 304;
}

Result<void> check_answer(const HttpAnswer& answer) {
  if (answer.status < 200 || answer.status > 599) {
    return fail(ErrorCode::kInvalidArgument,
                "the status of an answer is from 200 to 599, and {} is not", answer.status);
  }
  if (has_no_body(answer.status) && !answer.body.empty()) {
    return fail(ErrorCode::kInvalidArgument, "an answer of status {} has no body", answer.status);
  }
  for (const HttpHeader& header : answer.headers) {
    if (!is_http_token(header.name)) {
      return fail(ErrorCode::kInvalidArgument,
                  "the name of a header has characters that a name cannot have");
    }
    if (!is_http_value(header.value)) {
      return fail(ErrorCode::kInvalidArgument,
                  "the header `{}` has a control character, or a space at an end", header.name);
    }
    if (is_connection_header(header.name)) {
      return fail(ErrorCode::kInvalidArgument,
                  "the header `{}` belongs to the connection; leave it to the server", header.name);
    }
  }
  return {};
}

void append_answer_head(std::string& out, const HttpAnswer& answer, const AnswerFraming& framing) {
  fmt::format_to(std::back_inserter(out), "HTTP/1.1 {} {}\r\n", answer.status,
                 http_reason(answer.status));
  for (const HttpHeader& header : answer.headers) {
    out.append(header.name).append(": ").append(header.value).append("\r\n");
  }
  if (!framing.date.empty()) out.append("Date: ").append(framing.date).append("\r\n");
  if (framing.length) {
    fmt::format_to(std::back_inserter(out), "Content-Length: {}\r\n", *framing.length);
  }
  if (framing.is_chunked) out.append("Transfer-Encoding: chunked\r\n");
  if (framing.closes) out.append("Connection: close\r\n");
  if (framing.says_keep_alive) out.append("Connection: keep-alive\r\n");
  out.append("\r\n");
}

}  // namespace theater
