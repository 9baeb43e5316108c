// The bytes that a crash left behind the last whole group: copied, and removed from the log.
#pragma once

#include "theater/base/clock.h"
#include "theater/base/file_handle.h"
#include "theater/base/result.h"
#include "theater/log/event/peers.h"

#include <cstdint>
#include <filesystem>
#include <vector>

namespace theater::log {

struct TornTail {
  enum class File : uint8_t { kSegment, kBodies };

  uint64_t segment = 0;
  File file = File::kSegment;
  // The end of the valid bytes; 0 if the file has none and must be removed.
  uint64_t offset = 0;
  // The length of the tail without the zeros at its end; 0 if no byte needs a copy.
  uint64_t length = 0;

  bool operator==(const TornTail&) const = default;
};

// Copies each tail to a file in `<folder>/lost+found/`, named by segment, offset and time, and cuts
// it off when the copy is on disk. Returns the records for the node's chain, one for each tail that
// was not empty. Fails with kIo or kResourceExhausted.
Result<std::vector<TailRemoved>> remove_tails(const std::filesystem::path& folder,
                                              const std::vector<TornTail>& tails,
                                              const Clock& clock);

}  // namespace theater::log
