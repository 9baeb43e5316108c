// The bytes of a segment file: header, frames, groups, footer. docs/formats/log.md is the contract;
// this is its C++ side, without any file.
//
//   segment = header group* (footer tail)?
//   group   = event+ trailer
//
// Writers append to a Bytes. Readers get all bytes and an offset, and trust nothing.
#pragma once

#include "theater/base/bytes.h"
#include "theater/base/hash.h"
#include "theater/base/id.h"
#include "theater/base/result.h"
#include "theater/log/event/peers.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace theater::log {

inline constexpr uint32_t kSegmentVersion = 2;
// The most bytes of a segment; readers refuse a larger one.
inline constexpr uint64_t kSegmentBytesMax = uint64_t{1} << 30;

struct SegmentHeader {
  ActorId log_id;
  uint64_t number = 0;
  uint64_t first = 0;       // The index of its first event.
  uint64_t next_actor = 0;  // One more than the largest number in earlier segments.
  std::vector<Hash> peaks;  // The peaks of the tree of `first` events, largest subtree first.

  bool operator==(const SegmentHeader&) const = default;
};

enum class FrameKind : uint8_t { kEvent = 1, kEventWithBodies = 2, kTrailer = 3, kFooter = 4 };

inline constexpr size_t kFrameHeadSize = 16;

// A frame in a segment. Borrows from the segment's bytes.
struct Frame {
  FrameKind kind = FrameKind::kEvent;
  ActorNumber actor;
  ByteView payload;
  uint64_t offset = 0;  // The offset of the frame in the segment.
  uint64_t end = 0;     // The offset after the frame.

  // The bytes of an event, and the offset of its bodies in the body file.
  ByteView event() const;
  std::optional<uint64_t> bodies() const;
};

struct GroupTrailer {
  ActorId log_id;
  uint64_t segment = 0;
  uint64_t first = 0;  // The index of the group's first event.
  uint64_t count = 0;
  uint64_t offset = 0;  // The offset of the group's first frame.
  uint64_t bodies_end = 0;
  Hash root;

  bool operator==(const GroupTrailer&) const = default;
};

struct FooterActor {
  ActorNumber number;
  ActorId id;
  uint64_t first_seq = 0;
  std::vector<uint32_t> offsets;

  bool operator==(const FooterActor&) const = default;
};

struct SegmentFooter {
  uint64_t events = 0;
  std::vector<FooterActor> actors;  // In the order of their numbers.

  bool operator==(const SegmentFooter&) const = default;
};

void append_header(Bytes& out, const SegmentHeader& header);
void append_event_frame(Bytes& out, ActorNumber actor, ByteView event,
                        std::optional<uint64_t> bodies);
void append_trailer(Bytes& out, const GroupTrailer& trailer);
// Appends the footer's frame and the tail; `offset` is the beginning of the frame.
void append_footer(Bytes& out, const SegmentFooter& footer, uint64_t offset);

// The header at the beginning of `segment`, and its end. Fails with kCorrupt, or kUnsupported for
// an unknown version.
struct ReadHeader {
  SegmentHeader header;
  uint64_t end = 0;
};
Result<ReadHeader> read_header(ByteView segment);

// The frame at `offset`. None at the end, or at the beginning of reserved room. Fails with
// kCorrupt, naming the fault: an early end, a different checksum, or an unknown kind. `segment` may
// be a part that begins at `begin`; offsets are always those in the whole segment.
Result<std::optional<Frame>> read_frame(ByteView segment, uint64_t offset, uint64_t begin = 0);

Result<GroupTrailer> read_trailer(ByteView payload);
Result<SegmentFooter> read_footer(ByteView payload);
inline constexpr size_t kTailSize = 16;
// The footer's offset, from the tail at the end of the segment; none if it has no tail.
std::optional<uint64_t> footer_offset(ByteView last_bytes);

// File names: "0000000012.segment" and "0000000012.bodies".
std::string segment_file_name(uint64_t number);
std::string bodies_file_name(uint64_t number);
// The number in a segment's name; none for any other name.
std::optional<uint64_t> segment_number(std::string_view file_name);

}  // namespace theater::log
