// Makes the tiles of a log anew, from its events.
#pragma once

#include "theater/base/result.h"
#include "theater/log/merkle/tiles.h"

#include <cstdint>
#include <filesystem>
#include <functional>

namespace theater::log {

// Writes the tiles of the first `size` events of the log in `folder`, all of which are on disk, and
// returns a writer that goes on after them. Calls `between` now and then, and fails as it does, or
// as reading the log does.
Result<TileWriter> rebuild_tiles(const std::filesystem::path& folder, uint64_t size,
                                 const std::function<Result<void>()>& between);

}  // namespace theater::log
