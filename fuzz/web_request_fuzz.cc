// What guests ask of servers, and where servers send them.
//
// The input is lines: a method, a Location, a status, then headers. A request that passes the check
// is written as libcurl writes it, and must mean the same to a strict server: the method, the
// target, one host, and every header. What follows a redirection must pass the same check, must not
// take what belongs to another origin with it, and must not lead from https to http.
#include "theater/net/web_request.h"

#include "theater/base/check.h"
#include "theater/net/request_parser.h"
#include "theater/net/web_redirect.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace {

using theater::HttpHeader;
using theater::HttpHeaders;
using theater::WebRequest;

constexpr size_t kFuzzedMax = 1 << 16;

std::string_view take_line(std::string_view& text) {
  std::string_view line = text.substr(0, text.find('\n'));
  text.remove_prefix(std::min(text.size(), line.size() + 1));
  return line;
}

std::string written(const WebRequest& request) {
  std::string text = fmt::format("{} {} HTTP/1.1\r\nHost: {}\r\n", request.method,
                                 request.url.target, request.url.authority());
  for (const HttpHeader& header : request.headers)
    text += fmt::format("{}: {}\r\n", header.name, header.value);
  size_t size = request.body != nullptr ? request.body->size() : 0;
  if (size > 0) text += fmt::format("Content-Length: {}\r\n", size);
  text += "\r\n";
  if (size > 0) text += theater::as_text(*request.body);
  return text;
}

void check_meaning(const WebRequest& request) {
  theater::HttpLimits limits;
  limits.head_bytes_max = 2 * kFuzzedMax;
  limits.target_bytes_max = kFuzzedMax;
  limits.headers_max = kFuzzedMax;
  theater::RequestParser parser(limits);
  std::string text = written(request);
  theater::ByteView input = theater::as_bytes(text);
  using State = theater::RequestParser::State;
  State state = parser.feed(input);
  THEATER_CHECK(state == State::kHeadRead, "{}: {}", text, parser.refusal().why);
  state = parser.begin_body(kFuzzedMax);
  if (state == State::kBody) state = parser.feed(input);
  THEATER_CHECK(state == State::kDone && input.empty(), "{}", text);
  theater::HttpRequest read = parser.take();
  THEATER_CHECK(read.method == request.method && read.target == request.url.target, "{}", text);
  HttpHeaders expected = {{"Host", request.url.authority()}};
  for (const HttpHeader& header : request.headers)
    expected.add(header.name, header.value);
  if (request.body != nullptr) expected.add("Content-Length", std::to_string(request.body->size()));
  THEATER_CHECK(read.headers == expected, "{}", text);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size > kFuzzedMax) return 0;
  std::string_view text(reinterpret_cast<const char*>(data), size);
  static const theater::Url from = *theater::parse_url("https://a.example:8443/x/y?z");
  WebRequest request;
  request.url = from;
  request.method = take_line(text);
  std::string_view location = take_line(text);
  theater::WebHead answer{302, {{"Location", std::string(location)}}};
  constexpr uint16_t kStatuses[] = {301, 302, 303, 307, 308};
  answer.status = kStatuses[take_line(text).size() % std::size(kStatuses)];
  while (!text.empty()) {
    std::string_view line = take_line(text);
    size_t colon = std::min(line.find(':'), line.size());
    std::string_view value = line.substr(std::min(colon + 1, line.size()));
    request.headers.add(std::string(line.substr(0, colon)), std::string(value));
  }
  if (!theater::check_web_request(request.method, request.headers)) return 0;
  if (request.method != "HEAD") {
    request.body = std::make_shared<const theater::Bytes>(theater::to_bytes("body"));
  }
  check_meaning(request);

  const std::vector<std::string> bound = {"X-Bound"};
  auto next = theater::redirected(request, answer, bound);
  if (!next) {
    THEATER_CHECK(!next.error().message().empty());
    return 0;
  }
  THEATER_CHECK(next->url.scheme == theater::Url::Scheme::kHttps);
  THEATER_CHECK(theater::check_web_request(next->method, next->headers).has_value());
  bool loses_body = request.body != nullptr && next->body == nullptr;
  THEATER_CHECK(!loses_body || !next->headers.find("Content-Type"));
  THEATER_CHECK(next->method == request.method || (next->method == "GET" && next->body == nullptr));
  if (next->url.host != from.host || next->url.port != from.port) {
    for (const char* name : {"Authorization", "Cookie", "X-Bound"})
      THEATER_CHECK(!next->headers.find(name), "{}", name);
  }
  check_meaning(*next);
  return 0;
}
