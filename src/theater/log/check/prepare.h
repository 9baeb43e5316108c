// The stage of check_log() that needs no order: it looks at each event by itself.
#pragma once

#include "theater/log/check/chunk.h"
#include "theater/log/segment/body_unpacker.h"

#include <cstdint>
#include <optional>

namespace theater::log::check {

// Makes bodies, and remembers of which segment the last ones were. For one thread. The allowance is
// that of the log, and outlives the bench.
struct BodyBench {
  explicit BodyBench(BodyAllowance& allowance) : unpacker(&allowance) {}

  BodyUnpacker unpacker;
  std::optional<uint64_t> segment;
};

// Hashes and decodes the events of a chunk, and compares their bodies with the body file. The
// caller keeps the bench between calls for chunks of one log. Safe from any thread, as long as no
// other thread uses the chunk or the bench.
void prepare(Chunk& chunk, BodyBench& bench);

}  // namespace theater::log::check
