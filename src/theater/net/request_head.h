// The strict part of reading a request: every head is checked byte for byte before it is parsed.
//
// Two programs in a chain, such as a proxy and this server, must agree where one request ends and
// the next begins. If one of them accepts what the other reads differently, a client can smuggle a
// request past the first one. So a head that RFC 9112 does not allow, or that allows two readings,
// is refused, even where a common parser is lenient.
#pragma once

#include "theater/net/http_limits.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace theater {

// Why a request is not taken: the status of the answer, and a sentence for the client. `why` has
// static storage and contains nothing of the request.
struct HttpRefusal {
  int status = 400;
  std::string_view why;
  bool operator==(const HttpRefusal&) const = default;
};

// Whether `text` is a token, as names of headers and methods are.
bool is_http_token(std::string_view text);
// Whether `text` may be the value of a header: no control characters except tabs, and no spaces or
// tabs at either end.
bool is_http_value(std::string_view text);

// What has been found of a head that is on its way.
struct HeadSearch {
  size_t size = 0;                     // Of the head with its empty line; zero before its end came.
  std::optional<HttpRefusal> refusal;  // Set as soon as the bytes cannot become a head.
};

// Looks for the end of a head in what a connection has received. `searched` is how many bytes an
// earlier call has seen. Refuses a line feed without its carriage return and a first byte that
// begins no method, so that such a client does not wait for the end of the time.
HeadSearch find_head_end(std::string_view received, size_t searched);

// The refusal of a head that is larger than the limits, whether it has ended or not.
HttpRefusal refuse_large_head(std::string_view received, const HttpLimits& limits);

// What the target of a request may be.
enum class TargetForm : uint8_t {
  kServer,  // `/path`, `http://host/path` with the host of the Host header, or `*` with OPTIONS.
  kProxy,   // `http://host/path` with any Host header, or `host:port` with CONNECT.
};

// Checks a whole head with its empty line. Nothing means that the head is well formed, that its
// framing can be read in one way only, and that all limits of a head hold. Safe from any thread.
std::optional<HttpRefusal> check_request_head(std::string_view head, const HttpLimits& limits,
                                              TargetForm form = TargetForm::kServer);

}  // namespace theater
