#include "theater/api/client/api_error.h"

#include "theater/base/utf8.h"
#include "theater/views/json.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <string>
#include <utility>

namespace theater::api {

namespace {

using views::Json;

constexpr size_t kQuotedBytesMax = 200;

struct KnownCode {
  std::string_view name;
  ErrorCode code;
};

constexpr KnownCode kKnownCodes[] = {
    {"invalid_argument", ErrorCode::kInvalidArgument},
    {"unauthenticated", ErrorCode::kPermissionDenied},
    {"permission_denied", ErrorCode::kPermissionDenied},
    {"not_found", ErrorCode::kNotFound},
    {"method_not_allowed", ErrorCode::kUnsupported},
    {"already_exists", ErrorCode::kAlreadyExists},
    {"conflict", ErrorCode::kUnavailable},
    {"idempotency_key_in_use", ErrorCode::kUnavailable},
    {"idempotency_key_reused", ErrorCode::kInvalidArgument},
    {"answer_gone", ErrorCode::kNotFound},
    {"too_large", ErrorCode::kResourceExhausted},
    {"request_timeout", ErrorCode::kDeadlineExceeded},
    {"unsupported_protocol", ErrorCode::kUnsupported},
    {"unsupported_media_type", ErrorCode::kUnsupported},
    {"actor_error", ErrorCode::kInvalidArgument},
    {"resource_exhausted", ErrorCode::kResourceExhausted},
    {"internal", ErrorCode::kIo},
    {"corrupt", ErrorCode::kCorrupt},
    {"io", ErrorCode::kIo},
    {"unavailable", ErrorCode::kUnavailable},
    {"deadline_exceeded", ErrorCode::kDeadlineExceeded},
};

std::string text_member(const Json& object, const char* name) {
  auto found = object.find(name);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

Error bare_error(const HttpAnswer& answer) {
  std::string text = fmt::format("the server answered {}", answer.status);
  std::string_view reason = http_reason(answer.status);
  if (!reason.empty()) text += fmt::format(" {}", reason);
  auto type = answer.headers.find("Content-Type");
  if (type && type->starts_with("text/plain") && !answer.body.empty()) {
    std::string_view said = as_text(answer.body);
    while (said.ends_with('\n'))
      said.remove_suffix(1);
    text += fmt::format(": {}", shortened(std::string(said), kQuotedBytesMax));
  }
  return {error_code_of("", answer.status), std::move(text)};
}

}  // namespace

ErrorCode error_code_of(std::string_view code, int status) {
  for (const KnownCode& known : kKnownCodes) {
    if (known.name == code) return known.code;
  }
  switch (status) {
    case 401:
    case 403:
      return ErrorCode::kPermissionDenied;
    case 404:
      return ErrorCode::kNotFound;
    case 405:
    case 415:
    case 501:
      return ErrorCode::kUnsupported;
    case 408:
    case 504:
      return ErrorCode::kDeadlineExceeded;
    case 413:
    case 414:
    case 429:
    case 431:
      return ErrorCode::kResourceExhausted;
    case 409:
    case 502:
    case 503:
      return ErrorCode::kUnavailable;
    default:
      return status >= 500 || status < 400 ? ErrorCode::kIo : ErrorCode::kInvalidArgument;
  }
}

Error error_of_answer(const HttpAnswer& answer) {
  Json problem = Json::parse(as_text(answer.body), nullptr, false);
  std::string detail = problem.is_object() ? text_member(problem, "detail") : "";
  if (detail.empty() && problem.is_object()) detail = text_member(problem, "title");
  if (detail.empty()) return bare_error(answer);
  std::string code = text_member(problem, "code");
  std::string request = text_member(problem, "request_id");
  // The operator finds the server's own fault by its log lines.
  bool is_servers_fault = code == "internal" || code == "io" || code == "corrupt";
  if (is_servers_fault && !request.empty()) detail += fmt::format(" (request {})", request);
  std::string hint = text_member(problem, "hint");
  if (hint.empty() && code == "unauthenticated") {
    hint = "set THEATER_TOKEN to a token of this server; `theater token new` makes one there";
  }
  return Error(error_code_of(code, answer.status), std::move(detail)).with_hint(std::move(hint));
}

}  // namespace theater::api
