// What a crash left behind the last whole group: kept, and taken out of the log.
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
  // What stands ends here; 0 if nothing of the file stands, which is then removed.
  uint64_t offset = 0;
  // Of what follows, without the zeros at its end. May be 0: then there is nothing to keep.
  uint64_t length = 0;

  bool operator==(const TornTail&) const = default;
};

// Copies each tail to a file in `<folder>/lost+found/`, named by segment, offset and time, and cuts
// it off when the copy is on disk. Returns what the node's chain has to say of those that were not
// empty. Fails with kIo or kResourceExhausted.
Result<std::vector<TailRemoved>> remove_tails(const std::filesystem::path& folder,
                                              const std::vector<TornTail>& tails,
                                              const Clock& clock);

}  // namespace theater::log
