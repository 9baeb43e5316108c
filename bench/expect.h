// For programs without a caller that could handle an error.
#pragma once

#include "theater/base/check.h"
#include "theater/base/result.h"

#include <type_traits>
#include <utility>

namespace theater::bench {

// The value; the program ends where there is none.
template <class T>
T expect(Result<T> result) {
  THEATER_CHECK(result.has_value(), "{}", result.error().to_string());
  if constexpr (!std::is_void_v<T>) return *std::move(result);
}

}  // namespace theater::bench
