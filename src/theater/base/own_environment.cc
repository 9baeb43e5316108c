#include "theater/base/own_environment.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <string_view>
#include <vector>

namespace theater {

std::shared_ptr<const SecretBytes> take_variable(const std::string& name) {
  std::shared_ptr<const SecretBytes> value;
  // A process may have been started with several texts of one name. getenv() reads the first.
  std::vector<std::span<char>> values;
  for (char** at = environ; at != nullptr && *at != nullptr; ++at) {
    std::string_view text(*at);
    if (text.size() <= name.size() || !text.starts_with(name) || text[name.size()] != '=') continue;
    values.push_back(std::span(*at, text.size()).subspan(name.size() + 1));
  }
  if (values.empty()) return nullptr;
  value =
      std::make_shared<const SecretBytes>(as_bytes({values.front().data(), values.front().size()}));
  ::unsetenv(name.c_str());
  // The texts stay where they are, since the list had pointers to them alone.
  for (std::span<char> text : values)
    wipe(text);
  return value;
}

}  // namespace theater
