// intervals.hpp in a guest.
#pragma once

#include "theater/detail/wasm_exports.hpp"
#include "theater/detail/wasm_memory.hpp"

#define THEATER_DETAIL_INTERVALS_IMPORT(name) \
  THEATER_DETAIL_IMPORT_FROM("theater:timers/intervals", name)

namespace theater::detail {

THEATER_DETAIL_INTERVALS_IMPORT("start-interval")
void theater_raw_start_interval(const char* name, size_t name_size, uint64_t every_ms, Tagged*);
THEATER_DETAIL_INTERVALS_IMPORT("stop-interval")
void theater_raw_stop_interval(const char* name, size_t name_size, Tagged*);

}  // namespace theater::detail

namespace theater {

inline Status start_interval(std::string_view name, uint64_t every_ms) {
  detail::Utf8 text(name);
  detail::Tagged out;
  detail::theater_raw_start_interval(text.data(), text.size(), every_ms, &out);
  return out.take_status();
}

inline Status stop_interval(std::string_view name) {
  detail::Utf8 text(name);
  detail::Tagged out;
  detail::theater_raw_stop_interval(text.data(), text.size(), &out);
  return out.take_status();
}

}  // namespace theater

#define THEATER_DETAIL_INTERVAL_HANDLERS(Actor)                                                    \
  THEATER_DETAIL_TYPES_INTERVAL_HANDLERS                                                           \
  extern "C" __attribute__((export_name("theater:timers/interval-handlers#handle-tick"))) void*    \
  theater_export_handle_tick(int32_t some, const char* state, size_t state_size, const char* name, \
                             size_t name_size, uint64_t missed) {                                  \
    ::theater::detail::GivenState kept(some, state, state_size);                                   \
    ::theater::detail::Given interval(name, name_size);                                            \
    return ::theater::detail::give(                                                                \
        ::theater::detail::call_tick<Actor>(kept.view(), interval.view(), missed));                \
  }                                                                                                \
  extern "C"                                                                                       \
      __attribute__((export_name("cabi_post_theater:timers/interval-handlers#handle-tick"))) void  \
      theater_post_handle_tick(void*) {                                                            \
    ::theater::detail::return_area().clear();                                                      \
  }
