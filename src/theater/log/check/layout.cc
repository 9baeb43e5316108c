#include "theater/log/check/layout.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <utility>

namespace theater::log::check {

namespace {

constexpr size_t kChunkEvents = 512;
// An event with bodies is as much work as so many without.
constexpr size_t kBodiesAsEvents = 8;
constexpr size_t kChunkBytes = size_t{128} << 10;
constexpr size_t kImages = 2;
// Whoever damages a segment in more places than this has made their point.
constexpr size_t kResumesMax = 20;

ByteView from(ByteView bytes, uint64_t offset) {
  return bytes.subspan(static_cast<size_t>(std::min<uint64_t>(offset, bytes.size())));
}

bool all_zero(ByteView bytes) {
  return std::all_of(bytes.begin(), bytes.end(), [](uint8_t byte) { return byte == 0; });
}

bool is_full(const Chunk& chunk) {
  return chunk.bytes >= kChunkBytes ||
         chunk.size + chunk.with_bodies * kBodiesAsEvents >= kChunkEvents;
}

// The index of the first event of the whole group at `offset`.
std::optional<uint64_t> index_of_group(ByteView segment, uint64_t offset) {
  for (;;) {
    Result<std::optional<Frame>> frame = read_frame(segment, offset);
    if (!frame || !*frame) return std::nullopt;
    if ((*frame)->kind == FrameKind::kTrailer) {
      Result<GroupTrailer> trailer = read_trailer((*frame)->payload);
      if (!trailer) return std::nullopt;
      return trailer->first;
    }
    offset = (*frame)->end;
  }
}

}  // namespace

bool Layout::must_wait() const {
  if (image_ != nullptr || images_.size() < kImages) return false;
  return std::none_of(images_.begin(), images_.end(),
                      [](const auto& image) { return image.use_count() == 1; });
}

std::shared_ptr<SegmentImage> Layout::free_image() {
  for (const auto& image : images_)
    if (image.use_count() == 1) return image;
  return images_.emplace_back(std::make_shared<SegmentImage>());
}

bool Layout::fill(Chunk& chunk) {
  if (image_ == nullptr && !open_segment(chunk)) return false;
  chunk.segment = image_;
  while (!is_full(chunk)) {
    if (group_ != nullptr) {
      emit(chunk);
    } else if (!next_group(chunk)) {
      end_segment(chunk);
      break;
    }
  }
  return true;
}

bool Layout::open_segment(Chunk& chunk) {
  for (; next_file_ < files_.segments.size();) {
    const SegmentFile& file = files_.segments[next_file_++];
    if (file.number != next_number_) {
      uint64_t missing = file.number - next_number_;
      findings_.add({.finding = {.what = missing == 1 ? std::string("this segment is missing")
                                                      : fmt::format("this segment is missing, and "
                                                                    "the {} after it",
                                                                    missing - 1),
                                 .file = segment_file(next_number_)},
                     .place = {.segment = next_number_}});
      is_exact_ = false;
    }
    next_number_ = file.number + 1;
    image_ = free_image();
    Result<void> read = read_segment(files_, file, *image_, findings_);
    bytes_read_ += file.size + file.bodies_size;
    ++segments_;
    image_->is_newest = next_file_ == files_.segments.size();
    is_whole_ = true;
    resumed_ = 0;
    if (!read) {
      bool is_wrong = read.error().code() == ErrorCode::kCorrupt;
      findings_.add_at(is_wrong ? Verdict::kInvalid : Verdict::kUnverifiable,
                       {.segment = file.number},
                       "the segment cannot be read: " + read.error().to_string());
      is_exact_ = false;
    } else if (begin_segment(chunk)) {
      return true;
    }
    image_.reset();
  }
  return false;
}

// False if nothing in it can be read.
bool Layout::begin_segment(Chunk& chunk) {
  ByteView bytes = image_->bytes;
  Result<ReadHeader> read = read_header(bytes);
  uint64_t start = 0;
  if (read) {
    header_ = read->header;
    if (!check_header(header_)) return false;
    start = read->end;
  } else {
    // A crash may have come before the header of the newest segment.
    if (image_->is_newest && all_zero(bytes)) return false;
    std::optional<uint64_t> whole;
    if (has_log_id_) {
      header_ = {.log_id = log_id_, .number = image_->number, .first = index_, .peaks = {}};
      whole = find_whole_group_after(bytes, header_, 0, 0);
    }
    if (!whole && image_->is_newest && image_->number > 0) {
      tail_ = {.place = {.segment = image_->number},
               .bytes = bytes.size(),
               .text = read.error().message()};
      return false;
    }
    lost(read.error().message(), 0);
    if (!whole) return false;
    start = *whole;
    header_.first = index_of_group(bytes, start).value_or(index_);
    is_whole_ = false;
  }
  if (!has_log_id_) log_id_ = header_.log_id;
  has_log_id_ = true;
  index_ = header_.first;
  scanner_.emplace(bytes, header_, ScanPosition{.offset = start, .index = index_});
  find_footer();
  image_->log_id = log_id_;
  if (read) {
    chunk.marks.push_back({.at = 0, .what = SegmentBegin{header_, is_exact_}});
  } else {
    chunk.marks.push_back({.at = 0, .what = Gap{}});
  }
  is_exact_ = true;
  return true;
}

// False if the segment is not one of this log, or not this one.
bool Layout::check_header(const SegmentHeader& header) {
  if (has_log_id_ && header.log_id != log_id_) {
    lost(fmt::format("the segment is of another log, {}; this one is {}", header.log_id.to_string(),
                     log_id_.to_string()),
         0);
    return false;
  }
  if (header.number != image_->number) {
    lost(fmt::format("its header says that it is segment {}", header.number), 0);
    return false;
  }
  if (is_exact_ && header.first != index_) {
    lost(fmt::format("the segment begins with event {}, but the one before ends before event {}",
                     header.first, index_),
         0);
  }
  return true;
}

void Layout::lost(std::string what, uint64_t offset) {
  findings_.add_at(Verdict::kInvalid, {image_->number, offset}, std::move(what));
  is_exact_ = false;
}

// The footer is compared with the events while they go by, so it is wanted before them. Whether it
// is in its place is seen when they have gone by.
void Layout::find_footer() {
  std::optional<uint64_t> offset = footer_offset(image_->bytes);
  if (!offset || *offset >= image_->bytes.size()) return;
  Result<std::optional<Frame>> frame = read_frame(image_->bytes, *offset);
  if (!frame || !*frame || (*frame)->kind != FrameKind::kFooter) return;
  if ((*frame)->end + kTailSize != image_->bytes.size()) return;
  Result<SegmentFooter> footer = read_footer((*frame)->payload);
  if (!footer) return;
  image_->footer = *std::move(footer);
  image_->footer_offset = *offset;
}

bool Layout::next_group(Chunk& chunk) {
  group_ = scanner_->next();
  event_ = 0;
  if (group_ != nullptr) return true;
  const ScanStop& stop = scanner_->stop();
  if (stop.reason == StopReason::kDamage) return go_on_after_damage(chunk);
  check_end(stop);
  return false;
}

void Layout::emit(Chunk& chunk) {
  for (; event_ < group_->events.size(); ++event_) {
    if (is_full(chunk)) return;
    CheckedEvent& event = chunk.add_event();
    event.frame = group_->events[event_];
    event.index = index_++;
    chunk.bytes += event.frame.payload.size();
    if (event.frame.bodies()) ++chunk.with_bodies;
  }
  ++groups_;
  // The trailer is what lies between the events and the end.
  chunk.marks.push_back(
      {.at = chunk.size, .what = GroupEnd{group_->trailer, group_->events.back().end}});
  group_ = nullptr;
}

bool Layout::go_on_after_damage(Chunk& chunk) {
  const ScanStop stop = scanner_->stop();
  const ScanPosition position = scanner_->position();
  std::optional<uint64_t> whole =
      find_whole_group_after(image_->bytes, header_, position.offset, position.index + 1);
  // A segment that was sealed was whole before.
  if (!whole && image_->is_newest && !image_->footer) {
    tail_ = {.place = {image_->number, position.offset},
             .bytes = image_->bytes.size() - position.offset,
             .text = fmt::format("at offset {}: {}", stop.offset, stop.text)};
    is_whole_ = false;
    return false;
  }
  lost(stop.text, stop.offset);
  is_whole_ = false;
  std::optional<uint64_t> index = whole ? index_of_group(image_->bytes, *whole) : std::nullopt;
  if (!index || ++resumed_ > kResumesMax) return false;
  index_ = *index;
  is_exact_ = true;
  scanner_.emplace(image_->bytes, header_, ScanPosition{.offset = *whole, .index = *index});
  chunk.marks.push_back({.at = chunk.size, .what = Gap{}});
  return true;
}

// After the last group: nothing, zeros, or the footer and its tail.
void Layout::check_end(const ScanStop& stop) {
  if (stop.reason != StopReason::kFooter) return;
  ByteView bytes = image_->bytes;
  Place place{image_->number, stop.offset};
  Result<std::optional<Frame>> frame = read_frame(bytes, stop.offset);
  if (!frame || !*frame) return;
  ByteView after = from(bytes, (*frame)->end);
  if (after.size() > kTailSize && !image_->is_newest) {
    findings_.add_at(
        Verdict::kInvalid, {image_->number, (*frame)->end + kTailSize},
        fmt::format("{} bytes follow the end of a sealed segment", after.size() - kTailSize));
  } else if (after.size() != kTailSize || footer_offset(after) != stop.offset) {
    if (image_->is_newest) {
      tail_ = {.place = place,
               .bytes = bytes.size() - stop.offset,
               .text = fmt::format("at offset {}: the end of a sealed segment is cut off or "
                                   "says that the footer is elsewhere",
                                   (*frame)->end)};
    } else {
      findings_.add_at(Verdict::kInvalid, {image_->number, (*frame)->end},
                       "the end of a sealed segment is cut off or says that its footer is "
                       "elsewhere");
    }
  } else if (Result<SegmentFooter> footer = read_footer((*frame)->payload); !footer) {
    findings_.add_at(Verdict::kInvalid, place, footer.error().message());
  }
}

void Layout::end_segment(Chunk& chunk) {
  chunk.marks.push_back({.at = chunk.size, .what = SegmentEnd{is_whole_}});
  scanner_.reset();
  image_.reset();
}

}  // namespace theater::log::check
