// The stage of check_log() that needs no order: it looks at each event by itself.
#pragma once

#include "theater/base/bytes.h"
#include "theater/log/check/chunk.h"

namespace theater::log::check {

// Hashes and decodes the events of a chunk, and compares their bodies with the body file. `scratch`
// is memory for reading bodies, which the caller keeps between calls. Safe from any thread, as long
// as no other thread uses the chunk or the scratch.
void prepare(Chunk& chunk, Bytes& scratch);

}  // namespace theater::log::check
