// http_client.hpp in a guest.
#pragma once

#include "theater/detail/wasm_http_types.hpp"

namespace theater::detail {

// result<http-response, string>
struct RawHttpResponse {
  uint8_t tag;
  union {
    struct {
      uint16_t status;
      Span headers;
      uint8_t has_body;
      Span body;
    } response;
    Span error;
  };
};
static_assert(sizeof(RawHttpResponse) == 28);

THEATER_DETAIL_IMPORT("http-client", "send-http")
void theater_raw_send_http(THEATER_DETAIL_HTTP_REQUEST, RawHttpResponse*);

}  // namespace theater::detail

namespace theater {

inline Result<http::Response> send_http(const http::Request& request) {
  detail::LoweredRequest lowered(request);
  detail::RawHttpResponse out;
  lowered.pass_to(detail::theater_raw_send_http, &out);
  if (out.tag != 0) return fail(out.error.take());
  http::Response response{.status = out.response.status};
  response.headers = detail::take_headers(out.response.headers);
  if (out.response.has_body != 0) response.body = out.response.body.take();
  return response;
}

}  // namespace theater
