// Requests as any client may send them.
//
// Nothing may crash on any bytes. What is read must not depend on the pieces in which it comes, and
// a request that is taken has one reading: one host, at most one framing, and no byte in a header
// that could begin another.
#include "theater/base/check.h"
#include "theater/net/request_parser.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace {

using theater::HttpRequest;
using theater::RequestParser;
using State = RequestParser::State;

struct Read {
  std::vector<HttpRequest> requests;
  int refused = 0;
};

constexpr uint64_t kBodyBytesMax = 1000;

Read read_in_pieces(std::string_view text, size_t step) {
  theater::HttpLimits limits;
  limits.head_bytes_max = 2000;
  limits.target_bytes_max = 500;
  limits.headers_max = 20;
  RequestParser parser(limits);
  Read read;
  std::string waiting;
  for (size_t at = 0; at < text.size(); at += step) {
    waiting += text.substr(at, step);
    for (bool has_moved = true; has_moved && !waiting.empty();) {
      State before = parser.state();
      theater::ByteView input = theater::as_bytes(waiting);
      size_t size = input.size();
      State state = parser.feed(input);
      THEATER_CHECK(input.size() <= size);
      has_moved = input.size() < size || state != before;
      waiting.erase(0, size - input.size());
      if (state == State::kHeadRead) state = parser.begin_body(kBodyBytesMax);
      if (state == State::kDone) read.requests.push_back(parser.take());
      if (state == State::kRefused) {
        read.refused = parser.refusal().status;
        return read;
      }
    }
    THEATER_CHECK(waiting.size() <= limits.head_bytes_max + step);
  }
  return read;
}

void check(const HttpRequest& request) {
  const auto& headers = request.headers;
  THEATER_CHECK(theater::is_http_token(request.method));
  THEATER_CHECK(request.target.starts_with('/') || request.target == "*");
  THEATER_CHECK(headers.count("Host") == 1 ||
                (request.version_minor == 0 && headers.count("Host") == 0));
  size_t framings = headers.count("Content-Length") + headers.count("Transfer-Encoding");
  THEATER_CHECK(framings <= 1 && (framings == 1 || request.body.empty()));
  THEATER_CHECK(request.body.size() <= kBodyBytesMax);
  for (const theater::HttpHeader& header : headers) {
    THEATER_CHECK(theater::is_http_token(header.name));
    THEATER_CHECK(theater::is_http_value(header.value));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view text(reinterpret_cast<const char*>(data), size);
  Read whole = read_in_pieces(text, std::max<size_t>(size, 1));
  for (const HttpRequest& request : whole.requests)
    check(request);
  for (size_t step : {size_t{1}, size_t{7}}) {
    Read parts = read_in_pieces(text, step);
    THEATER_CHECK(parts.refused == whole.refused, "{} or {}", parts.refused, whole.refused);
    THEATER_CHECK(parts.requests.size() == whole.requests.size());
    for (size_t at = 0; at < parts.requests.size(); ++at) {
      const HttpRequest& one = parts.requests[at];
      const HttpRequest& other = whole.requests[at];
      THEATER_CHECK(one.method == other.method && one.target == other.target &&
                    one.headers == other.headers && one.body == other.body);
    }
  }
  return 0;
}
