// Calls of the callback of http_answer.hpp. The same for a guest and for a unit test.
#pragma once

#include "theater/detail/callbacks.hpp"

#include <cstdint>

namespace theater::detail {

template <class T>
Result<Returned<Nothing>> call_answer(KeptState kept, uint64_t answer,
                                      const http_answer::Event& event) {
  return run_callback<T, Nothing>(load<T>(kept),
                                  [&](T& a) { return nothing(a.handle_answer(answer, event)); });
}

}  // namespace theater::detail
