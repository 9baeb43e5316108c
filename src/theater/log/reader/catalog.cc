#include "theater/log/reader/catalog.h"

#include "theater/base/check.h"
#include "theater/base/file.h"
#include "theater/log/segment/segment_files.h"

#include <algorithm>

namespace theater::log {

namespace {

constexpr size_t kRecentMax = 4;
// A header with as many peaks as one can have.
constexpr size_t kHeaderSizeMax = 60 + 64 * Hash::kSize;
constexpr size_t kHeaderSizeMin = 60;

Failure damage(const std::filesystem::path& path, uint64_t offset, std::string_view text) {
  return Failure(Error(ErrorCode::kCorrupt,
                       fmt::format("{} is damaged at offset {}: {}", path.string(), offset, text))
                     .with_hint("`theater verify` says what else is wrong with the log"));
}

Result<Bytes> read_beginning(const std::filesystem::path& path) {
  FileHandle file = THEATER_TRY(FileHandle::open(path, OpenMode::kRead));
  Bytes bytes(kHeaderSizeMax);
  bytes.resize(THEATER_TRY(file.read_at(0, bytes)));
  return bytes;
}

bool is_blank(ByteView bytes) {
  return bytes.size() < kHeaderSizeMin ||
         std::all_of(bytes.begin(), bytes.end(), [](uint8_t byte) { return byte == 0; });
}

}  // namespace

uint64_t Catalog::size() const {
  return segments_.empty() ? 0 : segments_.back().header.header.first + segments_.back().events;
}

Result<void> Catalog::refresh() {
  std::vector<uint64_t> numbers = THEATER_TRY(list_segments(folder_));
  THEATER_TRY_VOID(check_numbers(numbers));
  for (uint64_t number = segments_.size(); number < numbers.size(); ++number) {
    auto header = THEATER_TRY(read_segment_header(number, number + 1 == numbers.size()));
    if (!header) break;
    if (newest_) THEATER_TRY_VOID(seal_newest(header->header.first));
    THEATER_TRY_VOID(begin_newest(number, *header));
  }
  return newest_ ? extend_newest(std::nullopt) : Result<void>();
}

Result<std::shared_ptr<const SegmentIndex>> Catalog::index(uint64_t segment) {
  THEATER_CHECK(segment < segments_.size(), "segment {} of {}", segment, segments_.size());
  if (newest_ && newest_->index && segment + 1 == segments_.size()) return newest_->index;
  auto found = std::find_if(recent_.begin(), recent_.end(),
                            [&](const auto& entry) { return entry.first == segment; });
  if (found != recent_.end()) return found->second;
  auto index = std::make_shared<const SegmentIndex>(THEATER_TRY(load_index(segment)));
  remember(segment, index);
  return index;
}

Result<void> Catalog::check_numbers(const std::vector<uint64_t>& numbers) const {
  if (numbers.empty() && segments_.empty()) {
    return fail(ErrorCode::kNotFound, "there is no log in {}: it has no segments",
                folder_.string());
  }
  for (uint64_t number = 0; number < std::max(numbers.size(), segments_.size()); ++number) {
    if (number < numbers.size() && numbers[number] == number) continue;
    return fail(ErrorCode::kCorrupt, "{} is missing: without it the log cannot be read beyond it",
                segment_path(folder_, number).string());
  }
  return {};
}

Result<std::optional<ReadHeader>> Catalog::read_segment_header(uint64_t number,
                                                               bool is_last) const {
  std::filesystem::path path = segment_path(folder_, number);
  Bytes beginning = THEATER_TRY(read_beginning(path));
  Result<ReadHeader> read = read_header(beginning);
  if (read) {
    THEATER_TRY_VOID(check_header(number, read->header));
    return *read;
  }
  if (read.error().code() != ErrorCode::kCorrupt) {
    return Failure(std::move(read).error().with_context(fmt::format("reading {}", path.string())));
  }
  if (number == 0 && is_last && is_blank(beginning)) {
    return fail(ErrorCode::kNotFound, "there is no log in {}: its first segment is empty",
                folder_.string());
  }
  if (number > 0 && is_last) {
    // It is being made, or a crash tore it, unless it was once whole.
    SegmentHeader expected{.log_id = segments_.front().header.header.log_id, .number = number};
    Bytes bytes = THEATER_TRY(read_file(path, kSegmentBytesMax));
    if (!find_whole_group_after(bytes, expected, 0, 0)) return std::nullopt;
    // It may have become whole since it was read. What is damaged when it is read again is damaged.
    read = read_header(THEATER_TRY(read_beginning(path)));
    if (read) {
      THEATER_TRY_VOID(check_header(number, read->header));
      return *read;
    }
  }
  return damage(path, 0, read.error().message());
}

Result<void> Catalog::check_header(uint64_t number, const SegmentHeader& header) const {
  std::filesystem::path path = segment_path(folder_, number);
  if (header.number != number) {
    return damage(path, 0, fmt::format("its header says that it is segment {}", header.number));
  }
  if (segments_.empty() && header.first != 0) {
    return damage(path, 0, fmt::format("the first segment begins with event {}", header.first));
  }
  if (!segments_.empty() && header.log_id != segments_.front().header.header.log_id) {
    return damage(path, 0, fmt::format("it is of another log, {}", header.log_id.to_string()));
  }
  return {};
}

Result<void> Catalog::begin_newest(uint64_t number, const ReadHeader& header) {
  newest_.emplace(Newest{
      .file = THEATER_TRY(FileHandle::open(segment_path(folder_, number), OpenMode::kRead))});
  segments_.push_back({.header = header});
  return {};
}

Result<void> Catalog::extend_newest(std::optional<uint64_t> end) {
  const ReadHeader& header = segments_.back().header;
  std::filesystem::path path = segment_path(folder_, header.header.number);
  ScanExtent extent = ScanExtent::kUntilRoom;
  if (!newest_->index) {
    std::optional<SegmentIndex> read = THEATER_TRY(index_from_footer(newest_->file, header));
    if (read && fits(*read) && (!end || read->end.index == *end)) {
      newest_->index = std::make_shared<SegmentIndex>(std::move(*read));
      return take_in_newest();
    }
    newest_->index = std::make_shared<SegmentIndex>();
    newest_->index->end = scan_start(header);
    extent = ScanExtent::kAll;
  }
  if (end) extent = ScanExtent::kAll;
  SegmentIndex& index = *newest_->index;
  if (end != index.end.index) {
    IndexScan scan = THEATER_TRY_CONTEXT(extend_index(index, newest_->file, header.header, extent),
                                         "reading {}", path.string());
    THEATER_TRY_VOID(take_in_newest());
    bool is_damage = scan.stop.reason == StopReason::kDamage;
    if (is_damage && (end ? index.end.index != *end : scan.whole_group_after.has_value())) {
      return damage(path, scan.stop.offset, scan.stop.text);
    }
  }
  if (!end || index.end.index == *end) return {};
  return damage(
      path, index.end.offset,
      fmt::format("the segment ends before event {}, but the next one begins with event {}",
                  index.end.index, *end));
}

Result<void> Catalog::seal_newest(uint64_t end) {
  THEATER_TRY_VOID(extend_newest(end));
  remember(segments_.size() - 1, std::move(newest_->index));
  newest_.reset();
  return {};
}

Result<void> Catalog::take_in_newest() {
  Segment& segment = segments_.back();
  uint64_t number = segments_.size() - 1;
  if (segment.events == newest_->index->events.size()) return {};
  for (const auto& [actor_number, here] : newest_->index->actors) {
    uint64_t& counted = newest_->counted[actor_number];
    auto found = actors_.find(actor_number);
    if (found == actors_.end()) {
      if (!here.id) {
        return damage(
            segment_path(folder_, number), here.offsets.front(),
            fmt::format("the first event of actor number {} is no genesis", actor_number.value));
      }
      found = actors_.emplace(actor_number, Actor{.id = *here.id}).first;
    }
    Actor& actor = found->second;
    if (counted == 0) actor.ranges.push_back({.segment = number, .first_seq = actor.events});
    actor.events += here.offsets.size() - counted;
    counted = here.offsets.size();
  }
  segment.events = newest_->index->events.size();
  return {};
}

// Whether what a footer says follows from the segments before. A footer that does not is as good as
// none: scanning tells what is there.
bool Catalog::fits(const SegmentIndex& index) const {
  return std::all_of(index.actors.begin(), index.actors.end(), [&](const auto& entry) {
    auto known = actors_.find(entry.first);
    if (known == actors_.end()) return entry.second.first_seq == 0U;
    return entry.second.first_seq == known->second.events && entry.second.id == known->second.id;
  });
}

Result<SegmentIndex> Catalog::load_index(uint64_t segment) const {
  const Segment& known = segments_[segment];
  std::filesystem::path path = segment_path(folder_, segment);
  FileHandle file = THEATER_TRY(FileHandle::open(path, OpenMode::kRead));
  std::optional<SegmentIndex> read = THEATER_TRY(index_from_footer(file, known.header));
  if (read && read->events.size() == known.events) return std::move(*read);
  SegmentIndex index;
  index.end = scan_start(known.header);
  IndexScan scan = THEATER_TRY(extend_index(index, file, known.header.header, ScanExtent::kAll));
  if (index.events.size() == known.events) return index;
  return damage(path, scan.stop.offset,
                scan.stop.text.empty() ? "there is less than there was" : scan.stop.text);
}

void Catalog::remember(uint64_t segment, std::shared_ptr<const SegmentIndex> index) {
  recent_.emplace_front(segment, std::move(index));
  if (recent_.size() > kRecentMax) recent_.pop_back();
}

}  // namespace theater::log
