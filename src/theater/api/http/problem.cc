#include "theater/api/http/problem.h"

#include "theater/views/json.h"

#include <nlohmann/json.hpp>

namespace theater::api {

ProblemKind kind_of_refusal(int status) {
  switch (status) {
    case 408:
      return {status, "request_timeout", "The request did not come in time"};
    case 413:
    case 414:
    case 431:
      return {status, "too_large", "Too large"};
    case 417:
    case 501:
    case 505:
      return {status, "unsupported_protocol", "The server does not speak this"};
    default:
      return {status, "invalid_argument", "The request is wrong"};
  }
}

const ProblemKind& kind_of(const Error& error) {
  switch (error.code()) {
    case ErrorCode::kInvalidArgument:
    case ErrorCode::kUnsupported:
      return kInvalidArgument;
    case ErrorCode::kNotFound:
      return kNotFound;
    case ErrorCode::kAlreadyExists:
      return kAlreadyExists;
    case ErrorCode::kPermissionDenied:
      return kPermissionDenied;
    case ErrorCode::kResourceExhausted:
      return kResourceExhausted;
    case ErrorCode::kUnavailable:
    case ErrorCode::kCancelled:
      return kUnavailable;
    case ErrorCode::kDeadlineExceeded:
      return kDeadlineExceeded;
    case ErrorCode::kCorrupt:
      return kCorrupt;
    case ErrorCode::kIo:
      return kIo;
  }
  return kInternal;
}

HttpAnswer problem(const ProblemKind& kind, std::string_view detail, std::string_view hint,
                   const std::string& request_id) {
  views::Json body = {{"type", "about:blank"}, {"title", kind.title}, {"status", kind.status},
                      {"detail", detail},      {"code", kind.code},   {"request_id", request_id}};
  if (!hint.empty()) body["hint"] = hint;
  // What a guest or a client wrote may be no UTF-8.
  std::string text = body.dump(-1, ' ', false, views::Json::error_handler_t::replace);
  HttpAnswer answer{kind.status, {{"Content-Type", "application/problem+json"}}, to_bytes(text)};
  if (kind.status == 401) answer.headers.add("WWW-Authenticate", "Bearer realm=\"theater\"");
  return answer;
}

}  // namespace theater::api
