// Assertions about our own code, on in every build.
//
// A failed check means that Theater itself is wrong: it prints the condition, the place and a stack
// trace, and aborts. It is never the answer to bad input or to a misbehaving guest.
#pragma once

#include <fmt/format.h>

#include <string>

namespace theater::detail {

[[noreturn]] void check_failed(const char* condition, const char* file, int line,
                               const std::string& message);

}  // namespace theater::detail

// THEATER_CHECK(condition) or THEATER_CHECK(condition, "text {}", arguments…).
#define THEATER_CHECK(condition, ...)                                              \
  do {                                                                             \
    if (!(condition)) [[unlikely]] {                                               \
      ::theater::detail::check_failed(#condition, __FILE__, __LINE__,              \
                                      ::theater::detail::check_text(__VA_ARGS__)); \
    }                                                                              \
  } while (false)

namespace theater::detail {

inline std::string check_text() {
  return {};
}

template <class... Args>
std::string check_text(fmt::format_string<Args...> text, Args&&... args) {
  return fmt::format(text, std::forward<Args>(args)...);
}

}  // namespace theater::detail
