// timing.hpp in a guest.
#pragma once

#include "theater/detail/wasm_memory.hpp"

namespace theater::detail {

THEATER_DETAIL_IMPORT("timing", "now") uint64_t theater_raw_now();
THEATER_DETAIL_IMPORT("timing", "sleep") void theater_raw_sleep(uint64_t duration, Tagged*);
THEATER_DETAIL_IMPORT("timing", "deadline") void theater_raw_deadline(uint64_t timestamp, Tagged*);

}  // namespace theater::detail

namespace theater {

inline uint64_t now() {
  return detail::theater_raw_now();
}

inline Status sleep_for(uint64_t duration_ms) {
  detail::Tagged out;
  detail::theater_raw_sleep(duration_ms, &out);
  return out.take_status();
}

inline Status sleep_until(uint64_t timestamp_ms) {
  detail::Tagged out;
  detail::theater_raw_deadline(timestamp_ms, &out);
  return out.take_status();
}

}  // namespace theater
