#include "theater/log/segment/segment_scan.h"

#include "theater/log/event/little_endian.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <utility>

namespace theater::log {

namespace {

// find_whole_group_after() reads so many times the segment's size at most.
constexpr uint64_t kReadsMax = 8;

bool is_event(const Frame& frame) {
  return frame.kind == FrameKind::kEvent || frame.kind == FrameKind::kEventWithBodies;
}

// How many bytes are looked at to read the frame at the beginning of `bytes`.
uint64_t cost_of_frame(ByteView bytes) {
  if (bytes.size() < kFrameHeadSize) return bytes.size();
  uint64_t size = kFrameHeadSize + uint64_t{load_u32(bytes.subspan(4))};
  return size > bytes.size() ? kFrameHeadSize : size;
}

// Looks for whole groups by their trailers, which hold the log's id.
class GroupSearch {
 public:
  GroupSearch(ByteView segment, const SegmentHeader& header, uint64_t begin)
      : segment_(segment),
        header_(header),
        begin_(begin),
        bytes_left_(kReadsMax * segment.size()) {}

  std::optional<uint64_t> first(uint64_t offset, uint64_t index_min) {
    const auto& id = header_.log_id.bytes;
    if (segment_.empty()) return std::nullopt;
    for (size_t at = 0;; ++at) {
      ByteView rest = segment_.subspan(at);
      const void* found = memmem(rest.data(), rest.size(), id.data(), id.size());
      if (found == nullptr) return std::nullopt;
      at = static_cast<size_t>(static_cast<const uint8_t*>(found) - segment_.data());
      if (at < kFrameHeadSize) continue;
      uint64_t frame = begin_ + at - kFrameHeadSize;
      std::optional<GroupTrailer> trailer = trailer_at(frame);
      if (trailer && trailer->offset >= std::max(offset, begin_) && trailer->first >= index_min &&
          leads_to(*trailer, frame)) {
        return trailer->offset;
      }
    }
  }

 private:
  std::optional<GroupTrailer> trailer_at(uint64_t offset) {
    // A trailer's length, actor and kind: what does not begin so is not worth a checksum.
    static constexpr uint8_t kTrailerHead[] = {88, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 3};
    ByteView head = segment_.subspan(static_cast<size_t>(offset - begin_) + 4);
    if (!std::equal(std::begin(kTrailerHead), std::end(kTrailerHead), head.begin())) {
      return std::nullopt;
    }
    Result<std::optional<Frame>> frame = read_frame(segment_, offset, begin_);
    if (!frame || !*frame || (*frame)->kind != FrameKind::kTrailer) return std::nullopt;
    Result<GroupTrailer> trailer = read_trailer((*frame)->payload);
    if (!trailer || trailer->log_id != header_.log_id || trailer->segment != header_.number ||
        trailer->count == 0) {
      return std::nullopt;
    }
    return *trailer;
  }

  // Whether as many events as the trailer says lie between its group's beginning and itself.
  //
  // Whoever can write events can write many overlapping groups into one. When following them has
  // taken too long, one is taken for whole: a log that looks torn and is not must not be cut.
  bool leads_to(const GroupTrailer& trailer, uint64_t trailer_offset) {
    ByteView before = segment_.first(static_cast<size_t>(trailer_offset - begin_));
    uint64_t at = trailer.offset;
    for (uint64_t left = trailer.count; left > 0; --left) {
      if (at >= trailer_offset) return false;
      uint64_t cost = cost_of_frame(before.subspan(static_cast<size_t>(at - begin_)));
      if (cost > bytes_left_) return true;
      bytes_left_ -= cost;
      Result<std::optional<Frame>> frame = read_frame(before, at, begin_);
      if (!frame || !*frame || !is_event(**frame)) return false;
      at = (*frame)->end;
    }
    return at == trailer_offset;
  }

  ByteView segment_;
  const SegmentHeader& header_;
  uint64_t begin_;
  uint64_t bytes_left_;
};

}  // namespace

ScanPosition scan_start(const ReadHeader& read) {
  return {.offset = read.end, .index = read.header.first};
}

GroupScanner::GroupScanner(ByteView segment, const SegmentHeader& header,
                           const ScanPosition& position, uint64_t begin)
    : segment_(segment),
      begin_(begin),
      log_id_(header.log_id),
      number_(header.number),
      position_(position) {}

const ScannedGroup* GroupScanner::next() {
  group_.events.clear();
  group_.offset = position_.offset;
  uint64_t offset = position_.offset;
  for (;;) {
    Result<std::optional<Frame>> read = read_frame(segment_, offset, begin_);
    if (!read) return stop_at(StopReason::kDamage, offset, read.error().message());
    if (!*read) return stop_without_frame(offset);
    const Frame& frame = **read;
    if (frame.kind == FrameKind::kTrailer) return finish_group(frame);
    if (!is_event(frame)) {
      if (group_.events.empty()) return stop_at(StopReason::kFooter, offset);
      return stop_at(
          StopReason::kDamage, offset,
          fmt::format("the group at {} has no trailer before the footer", group_.offset));
    }
    group_.events.push_back(frame);
    offset = frame.end;
  }
}

const ScannedGroup* GroupScanner::stop_at(StopReason reason, uint64_t offset, std::string text) {
  stop_ = {.reason = reason, .offset = offset, .text = std::move(text)};
  return nullptr;
}

const ScannedGroup* GroupScanner::stop_without_frame(uint64_t offset) {
  if (!group_.events.empty()) {
    return stop_at(StopReason::kDamage, offset,
                   fmt::format("the group at {} has no trailer", group_.offset));
  }
  ByteView rest = segment_.subspan(static_cast<size_t>(offset - begin_));
  auto other = std::find_if(rest.begin(), rest.end(), [](uint8_t byte) { return byte != 0; });
  if (other == rest.end()) return stop_at(StopReason::kEnd, offset);
  return stop_at(StopReason::kDamage, offset,
                 fmt::format("there are zeros in the place of a group, and other bytes from {} on",
                             offset + static_cast<uint64_t>(other - rest.begin())));
}

const ScannedGroup* GroupScanner::finish_group(const Frame& frame) {
  auto damage = [&](std::string text) {
    return stop_at(StopReason::kDamage, frame.offset, std::move(text));
  };
  Result<GroupTrailer> read = read_trailer(frame.payload);
  if (!read) return damage(read.error().message());
  const GroupTrailer& trailer = *read;
  if (trailer.log_id != log_id_) {
    return damage(fmt::format("the trailer is of another log, {}", trailer.log_id.to_string()));
  }
  if (trailer.segment != number_ || trailer.offset != group_.offset) {
    return damage(fmt::format("the trailer is of a group at {} of segment {}, not at {}",
                              trailer.offset, trailer.segment, group_.offset));
  }
  if (trailer.first != position_.index) {
    return damage(fmt::format("the trailer says that its group begins with event {}, not {}",
                              trailer.first, position_.index));
  }
  if (trailer.count == 0 || trailer.count != group_.events.size() ||
      trailer.count > std::numeric_limits<uint64_t>::max() - trailer.first) {
    return damage(fmt::format("the trailer says that its group has {} events; there are {}",
                              trailer.count, group_.events.size()));
  }
  if (trailer.bodies_end < position_.bodies_end) {
    return damage(fmt::format("the trailer says that the body file ends at {}, before {}",
                              trailer.bodies_end, position_.bodies_end));
  }
  group_.trailer = trailer;
  group_.end = frame.end;
  position_ = {.offset = frame.end,
               .index = trailer.first + trailer.count,
               .bodies_end = trailer.bodies_end};
  return &group_;
}

std::optional<uint64_t> find_whole_group_after(ByteView segment, const SegmentHeader& header,
                                               uint64_t offset, uint64_t index_min,
                                               uint64_t begin) {
  return GroupSearch(segment, header, begin).first(offset, index_min);
}

}  // namespace theater::log
