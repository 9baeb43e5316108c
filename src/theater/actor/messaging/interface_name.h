// Names of WIT interfaces, with or without a version: `theater:simple/store@0.1.0`.
#pragma once

#include <string_view>

namespace theater {

// The name without its version.
inline std::string_view plain_interface(std::string_view name) {
  return name.substr(0, name.find('@'));
}

// Whether an interface that is offered as `offered` answers for one named `wanted`: the same plain
// name and, where both carry a version, versions that are compatible by semantic versioning: equal
// majors, or equal minors where the major is 0, or equal patches where both are.
bool interfaces_match(std::string_view offered, std::string_view wanted);

}  // namespace theater
