// Segments from outside: the input as a segment's bytes.
//
// Nothing may crash whatever the bytes are, and nothing may be read that is not there: the groups
// that the scanner gives follow each other without gap, and what they say is what lies there. What
// is read can be written again.

#include "theater/base/check.h"
#include "theater/base/crc32c.h"
#include "theater/log/event/little_endian.h"
#include "theater/log/segment/segment_format.h"
#include "theater/log/segment/segment_scan.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace {

using theater::Bytes;
using theater::ByteView;
using theater::Result;
using namespace theater::log;  // The subject of this file.

bool is_at(ByteView segment, uint64_t offset, ByteView bytes) {
  return offset <= segment.size() && bytes.size() <= segment.size() - offset &&
         std::equal(bytes.begin(), bytes.end(), segment.begin() + static_cast<ptrdiff_t>(offset));
}

void check_group(ByteView segment, const ScannedGroup& group, const ScanPosition& before) {
  THEATER_CHECK(group.offset == before.offset && group.trailer.first == before.index);
  THEATER_CHECK(!group.events.empty() && group.events.size() == group.trailer.count);
  Bytes again;
  for (const Frame& frame : group.events)
    append_event_frame(again, frame.actor, frame.event(), frame.bodies());
  append_trailer(again, group.trailer);
  THEATER_CHECK(is_at(segment, group.offset, again) && group.offset + again.size() == group.end);
}

void read_footer_at(ByteView segment, uint64_t offset) {
  Result<std::optional<Frame>> frame = read_frame(segment, offset);
  if (!frame || !*frame) return;
  Result<SegmentFooter> footer = read_footer((*frame)->payload);
  if (!footer || (*frame)->kind != FrameKind::kFooter) return;
  Bytes again;
  append_footer(again, *footer, offset);
  THEATER_CHECK(is_at(segment, offset, ByteView(again).first(again.size() - kTailSize)));
}

void scan(ByteView segment, const ReadHeader& read) {
  GroupScanner scanner(segment, read.header, scan_start(read));
  ScanPosition before = scanner.position();
  std::optional<uint64_t> first_group;
  while (const ScannedGroup* group = scanner.next()) {
    check_group(segment, *group, before);
    if (!first_group) first_group = group->offset;
    before = scanner.position();
  }
  THEATER_CHECK(before == scanner.position() && scanner.stop().offset <= segment.size());
  THEATER_CHECK((scanner.stop().reason == StopReason::kDamage) == !scanner.stop().text.empty());
  if (scanner.stop().reason == StopReason::kFooter) {
    read_footer_at(segment, scanner.stop().offset);
  }
  // Groups that the scanner finds are found without it too.
  if (first_group) {
    auto found = find_whole_group_after(segment, read.header, 0, read.header.first);
    THEATER_CHECK(found && *found <= *first_group);
  }
  auto after = find_whole_group_after(segment, read.header, before.offset, before.index + 1);
  THEATER_CHECK(!after || *after >= before.offset);
}

void read_segment(ByteView segment) {
  if (auto offset = footer_offset(segment)) read_footer_at(segment, *offset);
  Result<ReadHeader> read = read_header(segment);
  if (!read) return;
  Bytes header;
  append_header(header, read->header);
  THEATER_CHECK(is_at(segment, 0, header) && header.size() == read->end);
  scan(segment, *read);
}

void put_checksum(Bytes& bytes, size_t at, ByteView of) {
  store_u32(std::span(bytes).subspan(at), theater::crc32c(of));
}

// Makes all checksums right, as far as frames follow each other: no input of chance has any.
void repair(Bytes& bytes) {
  if (bytes.size() < 60) return;
  size_t at = load_u32(ByteView(bytes).subspan(12));
  if (at < 60 || at > bytes.size()) return;
  put_checksum(bytes, at - 4, ByteView(bytes).first(at - 4));
  while (bytes.size() - at >= kFrameHeadSize) {
    size_t size = kFrameHeadSize + size_t{load_u32(ByteView(bytes).subspan(at + 4))};
    if (size > bytes.size() - at) return;
    put_checksum(bytes, at, ByteView(bytes).subspan(at + 4, size - 4));
    at += size;
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  ByteView segment(data, size);
  (void)read_footer(segment);
  (void)read_trailer(segment);
  read_segment(segment);
  Bytes repaired = theater::to_bytes(segment);
  repair(repaired);
  read_segment(repaired);
  return 0;
}
