// What can fail, fails with a text.
//
// A callback that returns an error leaves the actor's state as it was before the call; the text
// goes to whoever caused the call. Exceptions do not exist in a guest: what the standard library
// would throw ends the actor with a trap, whose reason is in its log.
#pragma once

#include <expected>
#include <string>
#include <utility>

namespace theater {

using Status = std::expected<void, std::string>;

template <class T>
using Result = std::expected<T, std::string>;

// The error of a Status or a Result: `return theater::fail("no such note");`
inline std::unexpected<std::string> fail(std::string message) {
  return std::unexpected<std::string>(std::move(message));
}

}  // namespace theater

// Yields the value of `expr`, a Result, or returns its error from the enclosing function.
#define THEATER_TRY(expr)                                                       \
  __extension__({                                                               \
    auto&& theater_try_ = (expr);                                               \
    if (!theater_try_) return ::theater::fail(std::move(theater_try_).error()); \
    *std::move(theater_try_);                                                   \
  })

// The same for a Status.
#define THEATER_TRY_VOID(expr)                                                  \
  do {                                                                          \
    auto&& theater_try_ = (expr);                                               \
    if (!theater_try_) return ::theater::fail(std::move(theater_try_).error()); \
  } while (false)
