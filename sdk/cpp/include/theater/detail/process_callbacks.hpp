// Calls of the callbacks of process.hpp. The same for a guest and for a unit test.
#pragma once

#include "theater/detail/callbacks.hpp"

#include <cstdint>
#include <string_view>

namespace theater::detail {

template <class T>
Result<Returned<Nothing>> call_stdout(KeptState kept, uint64_t id, std::string_view bytes) {
  return run_callback<T, Nothing>(load<T>(kept),
                                  [&](T& a) { return nothing(a.handle_stdout(id, bytes)); });
}

template <class T>
Result<Returned<Nothing>> call_stderr(KeptState kept, uint64_t id, std::string_view bytes) {
  return run_callback<T, Nothing>(load<T>(kept),
                                  [&](T& a) { return nothing(a.handle_stderr(id, bytes)); });
}

template <class T>
Result<Returned<Nothing>> call_exit(KeptState kept, uint64_t id, int32_t exit_code) {
  return run_callback<T, Nothing>(load<T>(kept),
                                  [&](T& a) { return nothing(a.handle_exit(id, exit_code)); });
}

}  // namespace theater::detail
