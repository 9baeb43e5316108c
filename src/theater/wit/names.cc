#include "theater/wit/names.h"

namespace theater::wit {

namespace {

bool is_upper(char c) {
  return c >= 'A' && c <= 'Z';
}

}  // namespace

std::string kebab_case(std::string_view name) {
  if (name.size() >= 2 && name[0] == 'k' && is_upper(name[1])) name.remove_prefix(1);
  if (name.size() >= 2 && name.back() == '_') name.remove_suffix(1);
  std::string kebab;
  kebab.reserve(name.size() + 4);
  for (char c : name) {
    if (c == '_') {
      kebab.push_back('-');
    } else if (is_upper(c)) {
      if (!kebab.empty() && kebab.back() != '-') kebab.push_back('-');
      kebab.push_back(static_cast<char>(c - 'A' + 'a'));
    } else {
      kebab.push_back(c);
    }
  }
  return kebab;
}

}  // namespace theater::wit
