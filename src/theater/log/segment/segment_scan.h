// Finding the whole groups of a segment, one after the other, and telling why there are no more.
//
// A segment ends cleanly where its bytes do, or where zeros begin and nothing else follows.
// Anything else that is no whole group is damage, and what that means is for the caller to say: in
// the newest segment it is a write that a crash tore, unless a whole group stands after it. Nothing
// here computes a hash.
#pragma once

#include "theater/base/bytes.h"
#include "theater/log/segment/segment_format.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace theater::log {

// Where a group begins or would begin.
struct ScanPosition {
  uint64_t offset = 0;
  uint64_t index = 0;       // Of its first event in the log.
  uint64_t bodies_end = 0;  // What the group before it says, of this segment.

  bool operator==(const ScanPosition&) const = default;
};

// Of the first group after the header.
ScanPosition scan_start(const ReadHeader& read);

// A whole group where it lies. Borrows from the segment's bytes.
struct ScannedGroup {
  GroupTrailer trailer;
  std::vector<Frame> events;  // In their order.
  uint64_t offset = 0;        // Of its first frame.
  uint64_t end = 0;           // Of what follows it.
};

enum class StopReason : uint8_t {
  kEnd,     // Nothing follows but zeros.
  kFooter,  // The footer's frame follows.
  kDamage,  // Something that is no whole group follows.
};

struct ScanStop {
  StopReason reason = StopReason::kEnd;
  uint64_t offset =
      0;             // Of what was found; of the damage itself, inside of the group, if it is one.
  std::string text;  // What is damaged; empty otherwise.
};

// Value type, not thread-safe. The segment's bytes outlive it and what it gives.
class GroupScanner {
 public:
  // Goes on from `position`, with as many bytes as there are by now. `segment` may be a part that
  // begins at `begin`, not after `position`.
  GroupScanner(ByteView segment, const SegmentHeader& header, const ScanPosition& position,
               uint64_t begin = 0);

  // The next whole group: frames and trailer check, the trailer says what is there, and it follows
  // the group before. None when it stops. The group is valid until the next call.
  const ScannedGroup* next();

  // After the last whole group that next() gave.
  const ScanPosition& position() const { return position_; }
  // Why next() gave none.
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

// The first whole group that begins at `offset` or later and whose first event's index is
// `index_min` or more, whatever stands before it; where its first frame is. Tells damage from a
// torn end: after damage at `position`, ask with position.offset and position.index + 1.
//
// A group's copy inside of an event does not count, for a trailer says where its group begins.
// Takes time linear in the segment's size. `segment` may be a part that begins at `begin`.
std::optional<uint64_t> find_whole_group_after(ByteView segment, const SegmentHeader& header,
                                               uint64_t offset, uint64_t index_min,
                                               uint64_t begin = 0);

}  // namespace theater::log
