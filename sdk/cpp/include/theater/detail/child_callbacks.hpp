// Calls of the callbacks of supervisor.hpp. The same for a guest and for a unit test.
#pragma once

#include "theater/detail/callbacks.hpp"

#include <optional>
#include <string_view>

namespace theater::detail {

template <class T>
Result<Returned<Nothing>> call_child_error(KeptState kept, std::string_view id,
                                           const ActorError& error) {
  return run_callback<T, Nothing>(load<T>(kept), [&](T& a) {
    if constexpr (requires { a.handle_child_error(id, error); })
      return nothing(a.handle_child_error(id, error));
    else
      return Result<Nothing>(Nothing{});
  });
}

template <class T>
Result<Returned<Nothing>> call_child_exit(KeptState kept, std::string_view id,
                                          std::optional<std::string_view> data) {
  return run_callback<T, Nothing>(load<T>(kept), [&](T& a) {
    if constexpr (requires { a.handle_child_exit(id, data); })
      return nothing(a.handle_child_exit(id, data));
    else
      return Result<Nothing>(Nothing{});
  });
}

template <class T>
Result<Returned<Nothing>> call_child_external_stop(KeptState kept, std::string_view id) {
  return run_callback<T, Nothing>(load<T>(kept), [&](T& a) {
    if constexpr (requires { a.handle_child_external_stop(id); })
      return nothing(a.handle_child_external_stop(id));
    else
      return Result<Nothing>(Nothing{});
  });
}

}  // namespace theater::detail
