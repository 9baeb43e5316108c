#include "theater/log/segment/sealed_segment.h"

#include "theater/base/file.h"
#include "theater/log/event/event.h"
#include "theater/log/event/little_endian.h"
#include "theater/log/segment/segment_contents.h"
#include "theater/log/segment/segment_scan.h"

#include <algorithm>
#include <array>
#include <variant>
#include <vector>

namespace theater::log {

namespace {

// More than the longest header has.
constexpr size_t kHeaderRead = 4096;

// The frame in `file` from `offset` up to `end` at most, with its bytes.
struct OwnedFrame {
  Bytes bytes;
  Frame frame;
};

Result<OwnedFrame> read_frame_from(const FileHandle& file, uint64_t offset, uint64_t end) {
  std::array<uint8_t, kFrameHeadSize> head{};
  if (end < kFrameHeadSize || offset > end - kFrameHeadSize) {
    return fail(ErrorCode::kCorrupt, "{}, offset {}: there is no room for a frame",
                file.path().string(), offset);
  }
  THEATER_TRY_VOID(file.read_exactly_at(offset, head));
  uint64_t size = kFrameHeadSize + uint64_t{load_u32(ByteView(head).subspan(4))};
  OwnedFrame owned;
  owned.bytes.resize(static_cast<size_t>(std::min(size, end - offset)));
  THEATER_TRY_VOID(file.read_exactly_at(offset, owned.bytes));
  std::optional<Frame> frame = THEATER_TRY_CONTEXT(
      read_frame(owned.bytes, 0), "{}, from offset {} on", file.path().string(), offset);
  if (!frame) {
    return fail(ErrorCode::kCorrupt, "{}, offset {}: there are zeros in the place of a frame",
                file.path().string(), offset);
  }
  owned.frame = *frame;
  return owned;
}

}  // namespace

Result<std::optional<uint64_t>> find_footer(const FileHandle& segment) {
  uint64_t size = THEATER_TRY(segment.size());
  Bytes tail(static_cast<size_t>(std::min<uint64_t>(size, kTailSize)));
  THEATER_TRY_VOID(segment.read_exactly_at(size - tail.size(), tail));
  return footer_offset(tail);
}

Result<SealedSegment> SealedSegment::open(const std::filesystem::path& segments, uint64_t number) {
  FileHandle file =
      THEATER_TRY(FileHandle::open(segments / segment_file_name(number), OpenMode::kRead));
  Bytes beginning(kHeaderRead);
  beginning.resize(THEATER_TRY(file.read_at(0, beginning)));
  std::string path = file.path().string();
  ReadHeader read = THEATER_TRY_CONTEXT(read_header(beginning), "{}", path);
  if (read.header.number != number) {
    return fail(ErrorCode::kCorrupt, "{} says that it is segment {}", path, read.header.number);
  }
  SealedSegment segment(std::move(file), std::move(read.header));
  std::optional<uint64_t> footer = THEATER_TRY(find_footer(segment.file_));
  if (footer) {
    segment.footer_ = THEATER_TRY(segment.read_footer_frame(*footer));
  } else {
    THEATER_TRY_VOID(segment.rebuild_footer(segments));
  }
  return segment;
}

Result<SegmentFooter> SealedSegment::read_footer_frame(uint64_t offset) const {
  std::string path = file_.path().string();
  uint64_t size = THEATER_TRY(file_.size());
  OwnedFrame owned = THEATER_TRY(read_frame_from(file_, offset, size - kTailSize));
  if (owned.frame.kind != FrameKind::kFooter || offset + owned.bytes.size() != size - kTailSize) {
    return fail(ErrorCode::kCorrupt, "{}, offset {}: there is no footer, where the tail says it is",
                path, offset);
  }
  return THEATER_TRY_CONTEXT(read_footer(owned.frame.payload), "{}, offset {}", path, offset);
}

// What the groups say. The segments before it name the actors that began there.
Result<void> SealedSegment::rebuild_footer(const std::filesystem::path& segments) {
  std::string path = file_.path().string();
  Bytes bytes = THEATER_TRY(read_file(file_.path(), kSegmentBytesMax));
  ReadHeader read = THEATER_TRY_CONTEXT(read_header(bytes), "{}", path);
  SegmentContents contents;
  GroupScanner scanner(bytes, header_, scan_start(read));
  while (const ScannedGroup* group = scanner.next()) {
    for (const Frame& frame : group->events) {
      EventHead head =
          THEATER_TRY_CONTEXT(event_head(frame.event()), "{}, offset {}", path, frame.offset);
      contents.add(frame.actor, head.seq, frame.offset);
      if (!head.is_genesis) continue;
      Event event = THEATER_TRY_CONTEXT(decode_event_in_place(frame.event()), "{}, offset {}", path,
                                        frame.offset);
      contents.name(frame.actor, std::get<Genesis>(event.body).actor);
    }
  }
  if (scanner.stop().reason != StopReason::kEnd) {
    return fail(ErrorCode::kCorrupt, "{}, offset {}: neither a group nor the footer is there{}{}",
                path, scanner.stop().offset, scanner.stop().text.empty() ? "" : ": ",
                scanner.stop().text);
  }
  std::vector<ActorNumber> unnamed = contents.unnamed();
  for (uint64_t number = header_.number; number > 0 && !unnamed.empty();) {
    SealedSegment former = THEATER_TRY(open(segments, --number));
    std::erase_if(unnamed, [&](ActorNumber actor) {
      const FooterActor* entry = former.find(actor);
      if (entry != nullptr) contents.name(actor, entry->id);
      return entry != nullptr;
    });
  }
  if (!unnamed.empty()) {
    return fail(ErrorCode::kCorrupt, "{}: actor number {} has events but no genesis", path,
                unnamed.front().value);
  }
  footer_ = contents.footer();
  missing_footer_ = scanner.position().offset;
  return {};
}

const FooterActor* SealedSegment::find(ActorNumber actor) const {
  auto found = std::lower_bound(
      footer_.actors.begin(), footer_.actors.end(), actor,
      [](const FooterActor& entry, ActorNumber number) { return entry.number < number; });
  return found != footer_.actors.end() && found->number == actor ? &*found : nullptr;
}

Result<Bytes> SealedSegment::read_event(uint64_t offset) const {
  uint64_t size = THEATER_TRY(file_.size());
  OwnedFrame owned = THEATER_TRY(read_frame_from(file_, offset, size));
  if (owned.frame.kind != FrameKind::kEvent && owned.frame.kind != FrameKind::kEventWithBodies) {
    return fail(ErrorCode::kCorrupt, "{}, offset {}: there is no event, where the footer says so",
                file_.path().string(), offset);
  }
  return to_bytes(owned.frame.event());
}

}  // namespace theater::log
