// levelled_log.hpp in a guest.
#pragma once

#include "theater/detail/wasm_memory.hpp"

#undef THEATER_DETAIL_LOG_FORM
#define THEATER_DETAIL_LOG_FORM LEVELLED

namespace theater::detail {

THEATER_DETAIL_IMPORT("runtime", "log")
void theater_raw_levelled_log(const char* level, size_t level_size, const char* message,
                              size_t size, Tagged*);

}  // namespace theater::detail

namespace theater {

inline Status log(Level level, std::string_view message) {
  std::string_view name = level_name(level);
  detail::Utf8 text(message);
  detail::Tagged out;
  detail::theater_raw_levelled_log(name.data(), name.size(), text.data(), text.size(), &out);
  return out.take_status();
}

}  // namespace theater
