// Finds the whole groups of a segment, one after the other, and the reason for which there are no
// more.
//
// A segment ends cleanly at the end of its bytes, or where only zeros follow. Any other bytes that
// are no whole group are damage. The caller decides about damage: in the newest segment it is a
// write that a crash tore, unless a whole group follows. No hash is computed here.
#pragma once

#include "theater/base/bytes.h"
#include "theater/log/segment/segment_format.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace theater::log {

// The position of a group, or of the next one.
struct ScanPosition {
  uint64_t offset = 0;
  uint64_t index = 0;       // The index of its first event in the log.
  uint64_t bodies_end = 0;  // As the group before it in this segment has it.

  bool operator==(const ScanPosition&) const = default;
};

// The position of the first group after the header.
ScanPosition scan_start(const ReadHeader& read);

// A whole group in a segment. Borrows from the segment's bytes.
struct ScannedGroup {
  GroupTrailer trailer;
  std::vector<Frame> events;  // In their order.
  uint64_t offset = 0;        // The offset of its first frame.
  uint64_t end = 0;           // The offset after the group.
};

enum class StopReason : uint8_t {
  kEnd,     // Only zeros follow.
  kFooter,  // The footer's frame follows.
  kDamage,  // Bytes that are no whole group follow.
};

struct ScanStop {
  StopReason reason = StopReason::kEnd;
  // The offset of the bytes that stopped the scan; for damage, that of the damage inside the group.
  uint64_t offset = 0;
  std::string text;  // A description of the damage; empty otherwise.
};

// Value type, not thread-safe. The segment's bytes outlive the scanner and its groups.
class GroupScanner {
 public:
  // Continues at `position`, with the present bytes. `segment` may be a part that begins at
  // `begin`, not after `position`.
  GroupScanner(ByteView segment, const SegmentHeader& header, const ScanPosition& position,
               uint64_t begin = 0);

  // The next whole group: its frames and trailer are undamaged, the trailer matches the frames, and
  // the group follows the one before. Null when the scan stops. Valid until the next call.
  const ScannedGroup* next();

  // The position after the last group of next().
  const ScanPosition& position() const { return position_; }
  // The reason for which next() gave none.
  const ScanStop& stop() const { return stop_; }

 private:
  const ScannedGroup* stop_at(StopReason reason, uint64_t offset, std::string text = {});
  const ScannedGroup* stop_without_frame(uint64_t offset);
  const ScannedGroup* finish_group(const Frame& frame);

  ByteView segment_;
  uint64_t begin_;
  ActorId log_id_;
  uint64_t number_;
  ScanPosition position_;
  ScanStop stop_;
  ScannedGroup group_;
};

// The offset of the first frame of the first whole group at or after `offset`, with a first event
// of index `index_min` or more, whatever bytes come before it. It tells damage from a torn end:
// after damage at `position`, call it with position.offset and position.index + 1.
//
// A copy of a group inside an event does not count, since a trailer names the beginning of its
// group. Takes time linear in the segment's size. `segment` may be a part that begins at `begin`.
std::optional<uint64_t> find_whole_group_after(ByteView segment, const SegmentHeader& header,
                                               uint64_t offset, uint64_t index_min,
                                               uint64_t begin = 0);

}  // namespace theater::log
