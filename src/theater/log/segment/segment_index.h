// Where the events of one segment are: from its footer, or by scanning it.
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
    // From the footer, or from its genesis if that is in this segment.
    std::optional<ActorId> id;
    // As the footer says.
    std::optional<uint64_t> first_seq;
    std::vector<uint32_t> offsets;  // Of its events' frames, in order.
  };

  std::vector<uint32_t> events;  // Offsets of all events' frames, in order.
  std::map<ActorNumber, Actor> actors;
  ScanPosition end;  // After the last whole group. From a footer, bodies_end is not known.

  // Takes in the group that follows.
  void add(const ScannedGroup& group);
};

// The index that the footer of the segment in `file` says. None if it has no footer or one that is
// damaged or contradicts itself or the header. Fails with kIo.
Result<std::optional<SegmentIndex>> index_from_footer(const FileHandle& file,
                                                      const ReadHeader& header);

// What of a segment is read.
enum class ScanExtent : uint8_t {
  kAll,        // Everything.
  kUntilRoom,  // Up to where room set aside begins.
};

// Scans `file` from index.end on and adds what it finds. What stopped it, and, if that is damage,
// where a whole group stands after it.
//
// The file may be written to meanwhile. Its contents are in memory in part: of damage, all that
// follows.
struct IndexScan {
  ScanStop stop;
  std::optional<uint64_t> whole_group_after;
};
Result<IndexScan> extend_index(SegmentIndex& index, const FileHandle& file,
                               const SegmentHeader& header, ScanExtent extent);

}  // namespace theater::log
