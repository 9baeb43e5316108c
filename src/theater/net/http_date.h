// The value of a Date header, such as `Sun, 06 Nov 1994 08:49:37 GMT` (RFC 9110, 5.6.7).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace theater {

// Keeps the text of the last second, because a server asks many times in each. Not thread-safe.
class HttpDate {
 public:
  // The text for so many seconds since 1970-01-01 UTC; valid until the next call.
  std::string_view at(uint64_t seconds);

 private:
  uint64_t seconds_ = 0;
  std::string text_;
};

}  // namespace theater
