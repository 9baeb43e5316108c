#include "theater/log/segment/frame_window.h"

#include "theater/log/event/little_endian.h"

#include <algorithm>

namespace theater::log {

namespace {

constexpr uint64_t kWindowSize = uint64_t{64} << 10;

}  // namespace

Result<Frame> FrameWindow::read_event(uint64_t offset, uint64_t limit) {
  THEATER_TRY_VOID(fill(offset, kFrameHeadSize, limit));
  ByteView head = ByteView(bytes_).subspan(static_cast<size_t>(offset - begin_));
  THEATER_TRY_VOID(fill(offset, kFrameHeadSize + uint64_t{load_u32(head.subspan(4))}, limit));
  std::optional<Frame> frame = THEATER_TRY(read_frame(bytes_, offset, begin_));
  if (!frame || (frame->kind != FrameKind::kEvent && frame->kind != FrameKind::kEventWithBodies)) {
    return fail(ErrorCode::kCorrupt, "there is no event at {}", offset);
  }
  return *frame;
}

Result<void> FrameWindow::fill(uint64_t offset, uint64_t size, uint64_t limit) {
  if (offset > limit || size > limit - offset) {
    return fail(ErrorCode::kCorrupt, "the frame at {} reaches beyond {}, where the events end",
                offset, limit);
  }
  if (offset >= begin_ && offset - begin_ + size <= bytes_.size()) return {};
  bytes_.resize(static_cast<size_t>(std::min(limit - offset, std::max(size, kWindowSize))));
  begin_ = offset;
  Result<size_t> got = file_.read_at(offset, bytes_);
  bytes_.resize(got ? *got : 0);
  if (!got) return Failure(std::move(got).error());
  if (bytes_.size() >= size) return {};
  return fail(ErrorCode::kCorrupt, "the frame at {} is not whole: the file was cut", offset);
}

}  // namespace theater::log
