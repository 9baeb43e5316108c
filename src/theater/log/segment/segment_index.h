// The offsets of the events of one segment, from its footer or from a scan.
#pragma once

#include "theater/base/file_handle.h"
#include "theater/base/id.h"
#include "theater/base/result.h"
#include "theater/log/segment/segment_format.h"
#include "theater/log/segment/segment_scan.h"

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

namespace theater::log {

// Value type, not thread-safe.
struct SegmentIndex {
  struct Actor {
    // From the footer, or from the actor's genesis if this segment has it.
    std::optional<ActorId> id;
    // From the footer.
    std::optional<uint64_t> first_seq;
    std::vector<uint32_t> offsets;  // The offsets of its events' frames, in order.
  };

  std::vector<uint32_t> events;  // The offsets of all events' frames, in order.
  std::map<ActorNumber, Actor> actors;
  ScanPosition end;  // After the last whole group. A footer does not tell bodies_end.

  // Adds the next group.
  void add(const ScannedGroup& group);
};

// The index from the footer of the segment in `file`. None if the segment has no footer, or one
// that is damaged or contradicts itself or the header. Fails with kIo.
Result<std::optional<SegmentIndex>> index_from_footer(const FileHandle& file,
                                                      const ReadHeader& header);

// The part of a segment that a scan reads.
enum class ScanExtent : uint8_t {
  kAll,        // The whole file.
  kUntilRoom,  // The bytes before the reserved room.
};

// Scans `file` from index.end on and adds the groups found. Returns the reason for the stop and,
// for damage, the offset of a whole group after it.
//
// Another process may write to the file meanwhile. The scan keeps only a part of the file in
// memory, but all bytes after damage.
struct IndexScan {
  ScanStop stop;
  std::optional<uint64_t> whole_group_after;
};
Result<IndexScan> extend_index(SegmentIndex& index, const FileHandle& file,
                               const SegmentHeader& header, ScanExtent extent);

}  // namespace theater::log
