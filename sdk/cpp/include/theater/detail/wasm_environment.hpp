// environment.hpp in a guest.
#pragma once

#include "theater/detail/wasm_texts.hpp"

namespace theater::detail {

// A list<tuple<string, string>> that the host filled.
struct RawVariables {
  RawVariable* items;
  size_t count;
};

THEATER_DETAIL_IMPORT("environment", "get-var")
void theater_raw_get_var(const char* name, size_t name_size, Tagged*);
THEATER_DETAIL_IMPORT("environment", "exists")
int32_t theater_raw_var_exists(const char* name, size_t name_size);
THEATER_DETAIL_IMPORT("environment", "list-vars") void theater_raw_list_vars(RawVariables*);

}  // namespace theater::detail

namespace theater {

inline std::optional<std::string> get_var(std::string_view name) {
  detail::Utf8 text(name);
  detail::Tagged out;
  detail::theater_raw_get_var(text.data(), text.size(), &out);
  return out.take_option();
}

inline bool var_exists(std::string_view name) {
  detail::Utf8 text(name);
  return detail::theater_raw_var_exists(text.data(), text.size()) != 0;
}

inline std::vector<Variable> list_vars() {
  detail::RawVariables raw;
  detail::theater_raw_list_vars(&raw);
  std::vector<Variable> variables;
  variables.reserve(raw.count);
  for (size_t i = 0; i < raw.count; ++i)
    variables.push_back({raw.items[i].name.take(), raw.items[i].value.take()});
  if (raw.count != 0) std::free(raw.items);
  return variables;
}

}  // namespace theater
