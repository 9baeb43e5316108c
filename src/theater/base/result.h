// A value, or the Error that kept us from it: the return type of everything that can fail for a
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

// Yields the value of `expr`, a Result, or returns its error from the enclosing function.
#define THEATER_TRY(expr)                                                \
  __extension__({                                                        \
    auto&& theater_try_result_ = (expr);                                 \
    if (!theater_try_result_) [[unlikely]] {                             \
      return ::theater::Failure(std::move(theater_try_result_).error()); \
    }                                                                    \
    *std::move(theater_try_result_);                                     \
  })

// The same for a Result<void>, or where the value is not needed.
#define THEATER_TRY_VOID(expr)                                           \
  do {                                                                   \
    auto&& theater_try_result_ = (expr);                                 \
    if (!theater_try_result_) [[unlikely]] {                             \
      return ::theater::Failure(std::move(theater_try_result_).error()); \
    }                                                                    \
  } while (false)

// The same, adding what was being done to the error's context.
#define THEATER_TRY_CONTEXT(expr, ...)                                                    \
  __extension__({                                                                         \
    auto&& theater_try_result_ = (expr);                                                  \
    if (!theater_try_result_) [[unlikely]] {                                              \
      return ::theater::Failure(                                                          \
          std::move(theater_try_result_).error().with_context(fmt::format(__VA_ARGS__))); \
    }                                                                                     \
    *std::move(theater_try_result_);                                                      \
  })
