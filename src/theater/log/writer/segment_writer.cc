#include "theater/log/writer/segment_writer.h"

#include "theater/log/segment/body_format.h"

#include <algorithm>
#include <array>

namespace theater::log {

namespace fs = std::filesystem;

// The header is on disk before anything else is: a file without one holds nothing.
Result<SegmentWriter> SegmentWriter::begin(const fs::path& segments, const SegmentHeader& header,
                                           uint64_t preallocate_bytes) {
  Bytes bytes;
  append_header(bytes, header);
  FileHandle file = THEATER_TRY(
      FileHandle::open(segments / segment_file_name(header.number), OpenMode::kCreateExclusive));
  THEATER_TRY_VOID(file.write_at(0, bytes));
  THEATER_TRY_VOID(file.sync());
  THEATER_TRY_VOID(sync_folder(segments));
  Place place{.log_id = header.log_id, .number = header.number, .end = bytes.size()};
  SegmentWriter writer(segments, std::move(file), place, preallocate_bytes);
  writer.file_size_ = bytes.size();
  return writer;
}

Result<SegmentWriter> SegmentWriter::resume(const fs::path& segments, const Place& place,
                                            uint64_t preallocate_bytes) {
  FileHandle file = THEATER_TRY(
      FileHandle::open(segments / segment_file_name(place.number), OpenMode::kReadWrite));
  SegmentWriter writer(segments, std::move(file), place, preallocate_bytes);
  writer.file_size_ = THEATER_TRY(writer.file_.size());
  if (place.bodies_end > 0) {
    writer.bodies_ = THEATER_TRY(
        FileHandle::open(segments / bodies_file_name(place.number), OpenMode::kReadWrite));
  }
  return writer;
}

uint64_t SegmentWriter::next_body() const {
  return std::max<uint64_t>(place_.bodies_end, kBodiesHeaderSize);
}

Result<void> SegmentWriter::begin_bodies() {
  Bytes header;
  append_bodies_header(header, {.log_id = place_.log_id, .segment = place_.number});
  bodies_ = THEATER_TRY(
      FileHandle::open(segments_ / bodies_file_name(place_.number), OpenMode::kCreateExclusive));
  THEATER_TRY_VOID(bodies_->write_at(0, header));
  return sync_folder(segments_);
}

Result<void> SegmentWriter::write_bodies(ByteView records) {
  if (!bodies_) THEATER_TRY_VOID(begin_bodies());
  uint64_t at = next_body();
  THEATER_TRY_VOID(bodies_->write_at(at, records));
  THEATER_TRY_VOID(bodies_->sync());
  place_.bodies_end = at + records.size();
  return {};
}

Result<void> SegmentWriter::make_room(uint64_t size) {
  if (size <= file_size_ || preallocate_bytes_ == 0) return {};
  uint64_t steps = (size + preallocate_bytes_ - 1) / preallocate_bytes_;
  THEATER_TRY_VOID(file_.preallocate(steps * preallocate_bytes_));
  file_size_ = steps * preallocate_bytes_;
  return {};
}

Result<void> SegmentWriter::write_group(ByteView frames, ByteView trailer) {
  uint64_t end = place_.end + frames.size() + trailer.size();
  THEATER_TRY_VOID(make_room(end));
  std::array<ByteView, 2> parts{frames, trailer};
  THEATER_TRY_VOID(file_.write_at(place_.end, parts));
  THEATER_TRY_VOID(file_.sync());
  file_size_ = std::max(file_size_, end);
  place_.end = end;
  return {};
}

Result<void> SegmentWriter::seal(const SegmentFooter& footer) {
  Bytes bytes;
  append_footer(bytes, footer, place_.end);
  THEATER_TRY_VOID(file_.write_at(place_.end, bytes));
  file_size_ = place_.end + bytes.size();
  THEATER_TRY_VOID(file_.truncate(file_size_));
  return file_.sync();
}

Result<void> SegmentWriter::give_back() {
  if (file_size_ == place_.end) return {};
  THEATER_TRY_VOID(file_.truncate(place_.end));
  file_size_ = place_.end;
  return file_.sync();
}

}  // namespace theater::log
