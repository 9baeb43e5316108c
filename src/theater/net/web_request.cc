#include "theater/net/web_request.h"

#include "theater/net/request_head.h"

#include <algorithm>
#include <array>

namespace theater {

namespace {

constexpr std::array<std::string_view, 10> kHeadersOfTheClient = {
    "Host",    "Content-Length", "Transfer-Encoding", "Connection",    "Upgrade", "TE",
    "Trailer", "Expect",         "Keep-Alive",        "HTTP2-Settings"};
constexpr std::string_view kProxyPrefix = "Proxy-";
constexpr size_t kMessageUrlBytesMax = 200;

Result<void> check_web_method(std::string_view method) {
  constexpr size_t kMethodBytesMax = 64;
  if (!is_http_token(method) || method.size() > kMethodBytesMax) {
    return fail(ErrorCode::kInvalidArgument,
                "the method is no token of HTTP, such as GET or POST, of 1 to {} characters",
                kMethodBytesMax);
  }
  if (equals_ignoring_case(method, "TRACE") || equals_ignoring_case(method, "CONNECT")) {
    return fail(ErrorCode::kInvalidArgument,
                "the method {} is never sent: it concerns proxies; use another", method);
  }
  return {};
}

}  // namespace

bool is_header_of_the_client(std::string_view name) {
  return equals_ignoring_case(name.substr(0, kProxyPrefix.size()), kProxyPrefix) ||
         std::any_of(kHeadersOfTheClient.begin(), kHeadersOfTheClient.end(),
                     [&](std::string_view other) { return equals_ignoring_case(name, other); });
}

Result<void> check_web_request(std::string_view method, const HttpHeaders& headers) {
  THEATER_TRY_VOID(check_web_method(method));
  size_t size = method.size();
  for (const HttpHeader& header : headers) {
    size += header.name.size() + header.value.size() + 4;
    if (size > kWebRequestHeadBytesMax) {
      return fail(ErrorCode::kInvalidArgument,
                  "the headers of the request have more than {} bytes; send less in them",
                  kWebRequestHeadBytesMax);
    }
    if (!is_http_token(header.name)) {
      return fail(ErrorCode::kInvalidArgument,
                  "the name of a header has characters that a name cannot have; names consist of "
                  "letters, digits and dashes");
    }
    if (!is_http_value(header.value)) {
      return fail(ErrorCode::kInvalidArgument,
                  "the header `{}` has a control character, or a space at an end; remove it",
                  header.name);
    }
    if (is_header_of_the_client(header.name)) {
      return fail(ErrorCode::kInvalidArgument,
                  "the header `{}` follows from the URL, the body or the connection; leave it out",
                  header.name);
    }
  }
  return {};
}

std::string_view web_failure_word(WebFailure::Kind kind) {
  switch (kind) {
    case WebFailure::Kind::kTimeout:
      return "timeout";
    case WebFailure::Kind::kRefused:
      return "refused";
    case WebFailure::Kind::kTls:
      return "tls";
    case WebFailure::Kind::kTooLarge:
      return "too-large";
    case WebFailure::Kind::kDenied:
      return "denied";
    case WebFailure::Kind::kLookup:
      return "lookup";
    case WebFailure::Kind::kProtocol:
      return "protocol";
    case WebFailure::Kind::kCutOff:
      return "cut-off";
    case WebFailure::Kind::kRedirect:
      return "redirect";
    case WebFailure::Kind::kCancelled:
      return "cancelled";
    case WebFailure::Kind::kNoRoom:
      return "no-room";
    case WebFailure::Kind::kInvalid:
      return "invalid";
  }
  return "invalid";
}

ErrorCode web_failure_code(const WebFailure& failure) {
  if (failure.code) return *failure.code;
  switch (failure.kind) {
    case WebFailure::Kind::kTimeout:
    case WebFailure::Kind::kRefused:
      return ErrorCode::kUnavailable;
    case WebFailure::Kind::kTooLarge:
    case WebFailure::Kind::kNoRoom:
      return ErrorCode::kResourceExhausted;
    case WebFailure::Kind::kDenied:
      return ErrorCode::kPermissionDenied;
    case WebFailure::Kind::kLookup:
      return ErrorCode::kNotFound;
    case WebFailure::Kind::kProtocol:
    case WebFailure::Kind::kCutOff:
      return ErrorCode::kCorrupt;
    case WebFailure::Kind::kCancelled:
      return ErrorCode::kCancelled;
    case WebFailure::Kind::kTls:
    case WebFailure::Kind::kRedirect:
    case WebFailure::Kind::kInvalid:
      break;
  }
  return ErrorCode::kInvalidArgument;
}

std::string url_for_messages(const Url& url) {
  std::string text = url.to_string();
  text.resize(std::min(text.find('?'), text.size()));
  if (text.size() > kMessageUrlBytesMax) text.replace(kMessageUrlBytesMax, text.npos, "…");
  return text;
}

}  // namespace theater
