#include "theater/log/segment/segment_index.h"

#include "theater/log/event/event.h"

#include <algorithm>
#include <array>
#include <utility>
#include <variant>

namespace theater::log {

namespace {

// How much of a segment is read at once, unless a group is larger.
constexpr uint64_t kReadSize = uint64_t{64} << 10;

std::optional<ActorId> id_from_genesis(ByteView bytes) {
  Result<Event> event = decode_event_in_place(bytes);
  if (!event) return std::nullopt;
  const auto* genesis = std::get_if<Genesis>(&event->body);
  if (genesis == nullptr) return std::nullopt;
  return genesis->actor;
}

// The footer's frame of a segment of `size` bytes; empty if there is no place for one.
Result<Bytes> read_footer_frame(const FileHandle& file, uint64_t size, uint64_t header_end,
                                uint64_t& offset) {
  std::array<uint8_t, kTailSize> tail{};
  if (size < header_end + kFrameHeadSize + kTailSize || size > kSegmentBytesMax) return Bytes();
  size_t got = THEATER_TRY(file.read_at(size - kTailSize, tail));
  std::optional<uint64_t> found = footer_offset(ByteView(tail).first(got));
  if (!found || *found < header_end || *found > size - kTailSize - kFrameHeadSize) return Bytes();
  offset = *found;
  Bytes bytes(static_cast<size_t>(size - kTailSize - offset));
  bytes.resize(THEATER_TRY(file.read_at(offset, bytes)));
  return bytes;
}

// Reads from index.end on, as far as needed. `read_size` grows as long as that is too little.
struct SegmentPart {
  Bytes bytes;
  bool reaches_end = false;
};
Result<SegmentPart> read_part(const FileHandle& file, uint64_t offset, uint64_t read_size) {
  uint64_t size = THEATER_TRY(file.size());
  if (size > kSegmentBytesMax) {
    return fail(ErrorCode::kCorrupt, "the segment has {} bytes, and at most {} are allowed", size,
                kSegmentBytesMax);
  }
  SegmentPart part;
  uint64_t there = size > offset ? size - offset : 0;
  part.bytes.resize(static_cast<size_t>(std::min(there, read_size)));
  size_t got = THEATER_TRY(file.read_at(offset, part.bytes));
  part.reaches_end = there <= read_size || got < part.bytes.size();
  part.bytes.resize(got);
  return part;
}

}  // namespace

void SegmentIndex::add(const ScannedGroup& group) {
  for (const Frame& frame : group.events) {
    auto offset = static_cast<uint32_t>(frame.offset);
    auto [actor, is_new] = actors.try_emplace(frame.actor);
    if (is_new) actor->second.id = id_from_genesis(frame.event());
    actor->second.offsets.push_back(offset);
    events.push_back(offset);
  }
  end = {.offset = group.end,
         .index = group.trailer.first + group.trailer.count,
         .bodies_end = group.trailer.bodies_end};
}

Result<std::optional<SegmentIndex>> index_from_footer(const FileHandle& file,
                                                      const ReadHeader& header) {
  uint64_t size = THEATER_TRY(file.size());
  uint64_t offset = 0;
  Bytes bytes = THEATER_TRY(read_footer_frame(file, size, header.end, offset));
  if (bytes.empty()) return std::nullopt;
  Result<std::optional<Frame>> frame = read_frame(bytes, offset, offset);
  if (!frame || !*frame || (*frame)->kind != FrameKind::kFooter ||
      (*frame)->end != size - kTailSize) {
    return std::nullopt;
  }
  Result<SegmentFooter> footer = read_footer((*frame)->payload);
  if (!footer) return std::nullopt;

  SegmentIndex index;
  index.events.reserve(static_cast<size_t>(footer->events));
  for (FooterActor& actor : footer->actors) {
    index.events.insert(index.events.end(), actor.offsets.begin(), actor.offsets.end());
    index.actors[actor.number] = {
        .id = actor.id, .first_seq = actor.first_seq, .offsets = std::move(actor.offsets)};
  }
  std::vector<uint32_t>& events = index.events;
  std::sort(events.begin(), events.end());
  bool is_twice = std::adjacent_find(events.begin(), events.end()) != events.end();
  bool is_outside = !events.empty() && (events.front() < header.end || events.back() >= offset);
  if (is_twice || is_outside || header.header.first + events.size() < events.size()) {
    return std::nullopt;
  }
  index.end = {.offset = offset, .index = header.header.first + events.size()};
  return index;
}

Result<IndexScan> extend_index(SegmentIndex& index, const FileHandle& file,
                               const SegmentHeader& header, ScanExtent extent) {
  uint64_t read_size = kReadSize;
  std::optional<uint64_t> suspected;
  for (;;) {
    uint64_t begin = index.end.offset;
    SegmentPart part = THEATER_TRY(read_part(file, begin, read_size));
    GroupScanner scanner(part.bytes, header, index.end, begin);
    while (const ScannedGroup* group = scanner.next())
      index.add(*group);
    IndexScan scan{.stop = scanner.stop()};
    bool is_room =
        scan.stop.reason == StopReason::kEnd && scan.stop.offset < begin + part.bytes.size();
    if (scan.stop.reason == StopReason::kFooter) return scan;
    if (is_room && extent == ScanExtent::kUntilRoom) return scan;
    if (!part.reaches_end) {
      if (index.end.offset == begin) read_size *= 2;
      continue;
    }
    if (scan.stop.reason == StopReason::kEnd) return scan;
    scan.whole_group_after =
        find_whole_group_after(part.bytes, header, index.end.offset, index.end.index + 1, begin);
    if (!scan.whole_group_after || suspected == index.end.offset) return scan;
    // What was read while it was written may lack the first of two groups that are both there by
    // now. What is damaged when it is read again is damaged.
    suspected = index.end.offset;
  }
}

}  // namespace theater::log
