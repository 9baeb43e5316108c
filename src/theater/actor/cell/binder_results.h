// Value bytes of a result<…, string>, as the binder gives them to guests.
#pragma once

#include "theater/base/bytes.h"
#include "theater/wit/traits.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace theater {

// Replaces what is in `out`.
inline void write_error(Bytes& out, std::string_view text) {
  out.clear();
  out.push_back(1);
  wit::encode_to(out, text);
}

// The same; the caller then appends the value of a success that has one.
inline void write_ok(Bytes& out) {
  out.clear();
  out.push_back(0);
}

// For a result that is over the actor's payload limit.
inline std::string too_large_text(size_t size, uint64_t size_max) {
  return fmt::format("the result has {} bytes; this actor's payload limit is {}", size, size_max);
}

}  // namespace theater
