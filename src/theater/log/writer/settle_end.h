// Brings the end of a log to the disk before a node builds on it.
//
// An earlier process may have been killed between a write and its sync, or its sync may have
// failed. The system then shows bytes that the disk may lack. After a failed sync the system takes
// them for written, so another sync would not write them. So the last group, and what follows it,
// is written once more and synced. The same goes for the footer of a segment that has a successor.
#pragma once

#include "theater/base/result.h"
#include "theater/log/writer/log_end.h"

#include <filesystem>

namespace theater::log {

// For a log without torn tails. `folder` is the log's. Fails with kCorrupt, kIo or
// kResourceExhausted.
Result<void> settle_end(const std::filesystem::path& folder, const LogEnd& end);

}  // namespace theater::log
