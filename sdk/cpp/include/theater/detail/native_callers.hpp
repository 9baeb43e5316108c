// callers.hpp in a unit test.
#pragma once

#include "theater/detail/native_host.hpp"

namespace theater {

inline std::optional<Caller> get_caller() {
  return testing::Host::current().caller;
}

}  // namespace theater
