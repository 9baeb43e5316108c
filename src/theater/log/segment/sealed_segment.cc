#include "theater/log/segment/sealed_segment.h"

#include "theater/log/event/little_endian.h"

#include <algorithm>
#include <array>

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
  segment.footer_ = THEATER_TRY(segment.read_footer_frame());
  return segment;
}

Result<SegmentFooter> SealedSegment::read_footer_frame() const {
  std::string path = file_.path().string();
  uint64_t size = THEATER_TRY(file_.size());
  Bytes tail(static_cast<size_t>(std::min<uint64_t>(size, kTailSize)));
  THEATER_TRY_VOID(file_.read_exactly_at(size - tail.size(), tail));
  std::optional<uint64_t> offset = footer_offset(tail);
  if (!offset) {
    return fail(ErrorCode::kCorrupt, "{} has no tail at its end, at offset {}", path, size);
  }
  OwnedFrame owned = THEATER_TRY(read_frame_from(file_, *offset, size - kTailSize));
  if (owned.frame.kind != FrameKind::kFooter || *offset + owned.bytes.size() != size - kTailSize) {
    return fail(ErrorCode::kCorrupt, "{}, offset {}: there is no footer, where the tail says it is",
                path, *offset);
  }
  return THEATER_TRY_CONTEXT(read_footer(owned.frame.payload), "{}, offset {}", path, *offset);
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
