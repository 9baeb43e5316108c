// The environment variables of the host: theater:simple/environment.
//
//   std::string mode = get_var("APP_MODE").value_or("slow");
//
// The manifest must list the handler `environment` and the variables that it wants, and the
// operator must grant them. What is read is recorded in the clear.
#pragma once

#include "theater/actor.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace theater {

// None if the variable is not set, or not granted.
std::optional<std::string> get_var(std::string_view name);

// Whether it is set and granted.
bool var_exists(std::string_view name);

struct Variable {
  std::string name;
  std::string value;

  bool operator==(const Variable&) const = default;
};

// All that are set and granted, by name; none without `allow_list_all` and its grant.
std::vector<Variable> list_vars();

}  // namespace theater

#if defined(__wasm__) && !defined(THEATER_NATIVE)
#include "theater/detail/wasm_environment.hpp"
#else
#include "theater/detail/native_environment.hpp"
#endif
