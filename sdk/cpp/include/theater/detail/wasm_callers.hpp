// callers.hpp in a guest.
#pragma once

#include "theater/detail/wasm_memory.hpp"

namespace theater::detail {

// option<caller>: the discriminants of the option and of the variant, then the payload, which is a
// string or an option<string>.
struct RawCaller {
  uint8_t some;
  alignas(4) uint8_t kind;
  alignas(4) uint32_t words[3];
};
static_assert(sizeof(RawCaller) == 20);

THEATER_DETAIL_IMPORT_FROM("theater:messages/callers", "get-caller")
void theater_raw_get_caller(RawCaller*);

}  // namespace theater::detail

namespace theater {

inline std::optional<Caller> get_caller() {
  detail::RawCaller raw;
  detail::theater_raw_get_caller(&raw);
  if (raw.some == 0) return std::nullopt;
  Caller caller{static_cast<Caller::Kind>(raw.kind)};
  if (caller.kind == Caller::Kind::kActor) caller.name = detail::span_at(raw.words).take();
  bool is_named = caller.kind == Caller::Kind::kClient && (raw.words[0] & 0xff) != 0;
  if (is_named) caller.name = detail::span_at(raw.words + 1).take();
  return caller;
}

}  // namespace theater
