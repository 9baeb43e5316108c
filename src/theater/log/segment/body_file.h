// Reads records from a body file, trusting nothing in it.
#pragma once

#include "theater/base/file_handle.h"
#include "theater/base/result.h"
#include "theater/log/segment/body_unpacker.h"

#include <cstdint>

namespace theater::log {

// A record from the first `size` bytes of the file. Fails with kCorrupt for a damaged record, and
// kIo. Safe from any thread.
Result<LoadedBody> load_body(const FileHandle& file, uint64_t size, uint64_t offset);

}  // namespace theater::log
