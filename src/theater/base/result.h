// A value, or the Error that prevented it: the return type of each function that can fail for a
// reason outside our own code.
//
//   Result<Manifest> read(const std::string& path) {
//     std::string text = THEATER_TRY(read_file(path));
//     return parse(text);
//   }
#pragma once

#include "theater/base/error.h"

#include <fmt/format.h>
#include <tl/expected.hpp>

#include <utility>

namespace theater {

// Unlike std::expected, a Result may not be dropped unread.
template <class T>
class [[nodiscard]] Result : public tl::expected<T, Error> {
 public:
  using tl::expected<T, Error>::expected;
};

using Failure = tl::unexpected<Error>;

// Returns a formatted failure: `return fail(ErrorCode::kNotFound, "no actor {}", id);`
template <class... Args>
[[nodiscard]] Failure fail(ErrorCode code, fmt::format_string<Args...> text, Args&&... args) {
  return Failure(Error(code, fmt::format(text, std::forward<Args>(args)...)));
}

}  // namespace theater

// The one body of the macros below: returns the error of `expr`, a Result, from the enclosing
// function, or yields `value`. `context` follows the error and may be empty.
#define THEATER_TRY_YIELDING(expr, value, context)                               \
  __extension__({                                                                \
    auto&& theater_try_result_ = (expr);                                         \
    if (!theater_try_result_) [[unlikely]] {                                     \
      return ::theater::Failure(std::move(theater_try_result_).error() context); \
    }                                                                            \
    value;                                                                       \
  })

// Yields the value of `expr`, a Result, or returns its error from the enclosing function.
#define THEATER_TRY(expr) THEATER_TRY_YIELDING(expr, *std::move(theater_try_result_), )

// The same for a Result<void>, or where the value is not needed.
#define THEATER_TRY_VOID(expr) THEATER_TRY_YIELDING(expr, (void)0, )

// The same as THEATER_TRY; a formatted text adds the operation to the error's context.
#define THEATER_TRY_CONTEXT(expr, ...)                        \
  THEATER_TRY_YIELDING(expr, *std::move(theater_try_result_), \
                       .with_context(fmt::format(__VA_ARGS__)))
