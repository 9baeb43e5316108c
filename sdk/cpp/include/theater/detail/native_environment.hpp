// environment.hpp in a unit test: all of Host::environment is granted.
#pragma once

#include "theater/detail/native_host.hpp"

namespace theater {

inline std::optional<std::string> get_var(std::string_view name) {
  return get_env(name);
}

inline bool var_exists(std::string_view name) {
  return get_env(name).has_value();
}

inline std::vector<Variable> list_vars() {
  std::vector<Variable> variables;
  for (const auto& [name, value] : testing::Host::current().environment)
    variables.push_back({name, value});
  return variables;
}

}  // namespace theater
