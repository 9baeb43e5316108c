// random.hpp in a guest.
#pragma once

#include "theater/detail/wasm_memory.hpp"

namespace theater::detail {

THEATER_DETAIL_IMPORT("random", "random-bytes")
void theater_raw_random_bytes(uint32_t length, Tagged*);
THEATER_DETAIL_IMPORT("random", "random-range")
void theater_raw_random_range(uint64_t min, uint64_t max, RawNumber<uint64_t>*);
THEATER_DETAIL_IMPORT("random", "random-float") void theater_raw_random_float(RawNumber<double>*);
THEATER_DETAIL_IMPORT("random", "generate-uuid") void theater_raw_generate_uuid(Tagged*);

}  // namespace theater::detail

namespace theater {

inline Result<std::string> random_bytes(uint32_t length) {
  detail::Tagged out;
  detail::theater_raw_random_bytes(length, &out);
  return out.take_result();
}

inline Result<uint64_t> random_range(uint64_t min, uint64_t max) {
  detail::RawNumber<uint64_t> out;
  detail::theater_raw_random_range(min, max, &out);
  return out.take();
}

inline Result<double> random_float() {
  detail::RawNumber<double> out;
  detail::theater_raw_random_float(&out);
  return out.take();
}

inline Result<std::string> generate_uuid() {
  detail::Tagged out;
  detail::theater_raw_generate_uuid(&out);
  return out.take_result();
}

}  // namespace theater
