// Random values: theater:simple/random. They are recorded, so that a replay sees the same ones.
//
//   Result<uint64_t> die = random_range(1, 7);
//   if (!die) return fail(die.error());
//
// The manifest must list the handler `random`. With a `seed` in it every instance draws the same
// values.
#pragma once

#include "theater/actor.hpp"

#include <cstdint>
#include <string>

namespace theater {

// So many random bytes, at most `max_bytes` of the manifest and the grant.
Result<std::string> random_bytes(uint32_t length);

// A number of at least `min` and less than `max`, each as likely as any other. `max` is at most
// `max_int` of the manifest and the grant.
Result<uint64_t> random_range(uint64_t min, uint64_t max);

// A number of at least 0 and less than 1.
Result<double> random_float();

// A UUID (version 4) in its usual text form.
Result<std::string> generate_uuid();

}  // namespace theater

#if defined(__wasm__) && !defined(THEATER_NATIVE)
#include "theater/detail/wasm_random.hpp"
#else
#include "theater/detail/native_random.hpp"
#endif
