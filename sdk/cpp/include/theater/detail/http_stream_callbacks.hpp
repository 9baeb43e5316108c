// Calls of the callback of http_stream.hpp. The same for a guest and for a unit test.
#pragma once

#include "theater/detail/callbacks.hpp"

#include <cstdint>

namespace theater::detail {

template <class T>
Result<Returned<Nothing>> call_stream(KeptState kept, uint64_t id,
                                      const http_stream::Event& event) {
  return run_callback<T, Nothing>(load<T>(kept),
                                  [&](T& a) { return nothing(a.handle_stream(id, event)); });
}

}  // namespace theater::detail
