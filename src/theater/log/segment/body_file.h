// Reads records from a body file, trusting nothing in it.
#pragma once

#include "theater/base/file_handle.h"
#include "theater/base/result.h"
#include "theater/log/segment/body_unpacker.h"

#include <cstdint>
#include <optional>

namespace theater::log {

// The head of a record in the first `size` bytes of the file; none if it reaches beyond them. Fails
// with kIo. Safe from any thread.
Result<std::optional<BodyHead>> load_body_head(const FileHandle& file, uint64_t size,
                                               uint64_t offset);

// A record from the first `size` bytes of the file. Fails with kCorrupt for a damaged record, and
// kIo. Safe from any thread.
Result<LoadedBody> load_body(const FileHandle& file, uint64_t size, uint64_t offset);

}  // namespace theater::log
