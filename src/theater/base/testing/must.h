// What a test takes for granted: the value, or an exception that ends the test with the error's
// text.
#pragma once

#include "theater/base/result.h"

#include <stdexcept>
#include <type_traits>
#include <utility>

namespace theater {

template <class T>
T must(Result<T> result) {
  if (!result) throw std::runtime_error(result.error().to_string());
  if constexpr (!std::is_void_v<T>) return std::move(*result);
}

}  // namespace theater
