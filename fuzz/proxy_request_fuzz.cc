// The first bytes of clients of a forward proxy: plain HTTP, CONNECT and SOCKS5.
//
// Nothing may crash on any bytes. What is read must not depend on the pieces in which it comes. A
// request that is taken names one host in the form that rules compare, and its head has one reading.
#include "theater/net/proxy_request.h"

#include "theater/base/check.h"
#include "theater/net/request_head.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace {

using theater::ProxyRequest;
using theater::ProxyRequestReader;
using State = ProxyRequestReader::State;
using Way = ProxyRequest::Way;

struct Read {
  State state = State::kMore;
  std::string reply;
  size_t taken = 0;
  ProxyRequest request;
};

Read read_in_pieces(std::string_view text, size_t step) {
  theater::HttpLimits limits;
  limits.head_bytes_max = 2000;
  limits.target_bytes_max = 500;
  limits.headers_max = 20;
  ProxyRequestReader reader(limits);
  Read read;
  std::string waiting;
  for (size_t at = 0; at < text.size() && read.state == State::kMore; at += step) {
    waiting += text.substr(at, step);
    theater::ByteView input = theater::as_bytes(waiting);
    size_t before = input.size();
    read.state = reader.feed(input);
    THEATER_CHECK(input.size() <= before);
    read.taken += before - input.size();
    waiting.erase(0, before - input.size());
    read.reply += reader.take_reply();
    THEATER_CHECK(read.state != State::kMore || waiting.size() <= limits.head_bytes_max + step);
  }
  if (read.state == State::kRead) read.request = reader.take();
  return read;
}

void check(const ProxyRequest& request) {
  auto again = theater::parse_url("http://" + request.authority() + request.url.target);
  THEATER_CHECK(again.has_value() && *again == request.url, "{}", request.to_string());
  THEATER_CHECK(theater::is_http_token(request.method()));
  if (request.way != Way::kForward) {
    THEATER_CHECK(request.url.target == "/" && request.method() == "CONNECT");
    return;
  }
  const auto& headers = request.head.headers;
  THEATER_CHECK(headers.count("Content-Length") + headers.count("Transfer-Encoding") <= 1);
  for (const theater::HttpHeader& header : headers) {
    THEATER_CHECK(theater::is_http_token(header.name));
    THEATER_CHECK(theater::is_http_value(header.value));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view text(reinterpret_cast<const char*>(data), size);
  Read whole = read_in_pieces(text, std::max<size_t>(size, 1));
  if (whole.state == State::kRead) check(whole.request);
  THEATER_CHECK(whole.state != State::kRefused || !whole.reply.empty());
  for (size_t step : {size_t{1}, size_t{7}}) {
    Read parts = read_in_pieces(text, step);
    THEATER_CHECK(parts.state == whole.state);
    if (parts.state == State::kRead) {
      THEATER_CHECK(parts.taken == whole.taken && parts.reply == whole.reply);
      THEATER_CHECK(parts.request.url == whole.request.url);
      THEATER_CHECK(parts.request.head.headers == whole.request.head.headers);
    }
  }
  return 0;
}
