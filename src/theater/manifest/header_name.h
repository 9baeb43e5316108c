// The names of HTTP headers, as grants and secrets list them.
//
// HTTP compares names of headers without regard to case. Lists compare texts, so a name is kept in
// one spelling: a capital at the start of each word, as in `Idempotency-Key`.
#pragma once

#include "theater/base/result.h"

#include <cstddef>
#include <string>
#include <string_view>

namespace theater {

inline constexpr size_t kHeaderNameSizeMax = 128;

// The one spelling of a name. Fails with kInvalidArgument if `text` is no token of RFC 9110, is
// longer than kHeaderNameSizeMax, or names a header that the node alone sets (`Host`,
// `Content-Length` and others that frame a message or concern one connection).
Result<std::string> parse_header_name(std::string_view text);

}  // namespace theater
