#include "theater/net/web_redirect.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

namespace theater {

namespace {

constexpr std::array<std::string_view, 2> kHeadersOfAnOrigin = {"Authorization", "Cookie"};
constexpr std::string_view kHeadersOfABody = "Content-";

bool is_same_origin(const Url& one, const Url& other) {
  return one.scheme == other.scheme && one.host == other.host && one.port == other.port;
}

bool is_bound(std::string_view name, std::span<const std::string> bound_headers) {
  auto is_name = [&](std::string_view other) { return equals_ignoring_case(name, other); };
  return std::any_of(kHeadersOfAnOrigin.begin(), kHeadersOfAnOrigin.end(), is_name) ||
         std::any_of(bound_headers.begin(), bound_headers.end(), is_name);
}

Result<Url> next_url(const Url& from, const WebHead& answer) {
  auto location = answer.headers.find("Location");
  if (!location || answer.headers.count("Location") != 1) {
    return fail(ErrorCode::kInvalidArgument, "the server redirects with status {} and {} Location",
                answer.status, location ? "more than one" : "no");
  }
  Url to = THEATER_TRY_CONTEXT(resolve_location(from, *location), "it leads elsewhere");
  if (from.scheme == Url::Scheme::kHttps && to.scheme == Url::Scheme::kHttp) {
    return fail(ErrorCode::kPermissionDenied,
                "it leads to {}, where anybody on the way could exchange it", url_for_messages(to));
  }
  return to;
}

bool becomes_get(std::string_view method, uint16_t status) {
  if (status == 303) return method != "HEAD";
  return (status == 301 || status == 302) && method == "POST";
}

}  // namespace

bool is_redirection(int status) {
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

Result<WebRequest> redirected(const WebRequest& asked, const WebHead& answer,
                              std::span<const std::string> bound_headers) {
  Url to = THEATER_TRY(next_url(asked.url, answer));
  bool crosses = !is_same_origin(asked.url, to);
  WebRequest next = asked;
  next.url = std::move(to);
  if (becomes_get(asked.method, answer.status)) {
    next.method = "GET";
    next.body = nullptr;
  }
  bool drops_body = asked.body != nullptr && next.body == nullptr;
  next.headers = {};
  for (const HttpHeader& header : asked.headers) {
    bool is_of_body = equals_ignoring_case(
        std::string_view(header.name).substr(0, kHeadersOfABody.size()), kHeadersOfABody);
    if (crosses && is_bound(header.name, bound_headers)) continue;
    if (is_of_body && (drops_body || next.method != asked.method)) continue;
    next.headers.add(header.name, header.value);
  }
  return next;
}

}  // namespace theater
