// Calls of the callback of intervals.hpp. The same for a guest and for a unit test.
#pragma once

#include "theater/detail/callbacks.hpp"

#include <cstdint>
#include <string_view>

namespace theater::detail {

template <class T>
Result<Returned<Nothing>> call_tick(KeptState kept, std::string_view name, uint64_t missed) {
  return run_callback<T, Nothing>(load<T>(kept),
                                  [&](T& a) { return nothing(a.handle_tick(name, missed)); });
}

}  // namespace theater::detail
