#include "theater/handlers/environment/host_variables.h"

#include <unistd.h>

namespace theater {

HostVariables::HostVariables(const char* const* texts) {
  for (; texts != nullptr && *texts != nullptr; ++texts) {
    std::string_view text(*texts);
    size_t equals = text.find('=');
    if (equals == text.npos || equals == 0) continue;
    variables_.emplace(text.substr(0, equals), text.substr(equals + 1));
  }
}

HostVariables HostVariables::of_process() {
  return HostVariables(environ);
}

const std::string* HostVariables::find(std::string_view name) const {
  auto found = variables_.find(name);
  return found == variables_.end() ? nullptr : &found->second;
}

}  // namespace theater
