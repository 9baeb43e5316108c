// levelled_log.hpp in a unit test.
#pragma once

#include "theater/detail/native_host.hpp"

namespace theater {

inline Status log(Level level, std::string_view message) {
  testing::Host::current().logs.push_back({std::string(level_name(level)), std::string(message)});
  return {};
}

}  // namespace theater
