#include "theater/log/writer/settle_end.h"

#include "theater/base/file_handle.h"
#include "theater/log/segment/sealed_segment.h"
#include "theater/log/segment/segment_files.h"

#include <algorithm>
#include <cstdint>

namespace theater::log {

namespace fs = std::filesystem;

namespace {

constexpr uint64_t kRewriteStep = uint64_t{1} << 20;

// Writes the bytes of a file from `begin` up to `end` again, and syncs it.
Result<void> rewrite(const fs::path& path, uint64_t begin, uint64_t end) {
  FileHandle file = THEATER_TRY(FileHandle::open(path, OpenMode::kReadWrite));
  for (uint64_t at = begin; at < end; at += kRewriteStep) {
    Bytes bytes(static_cast<size_t>(std::min(kRewriteStep, end - at)));
    THEATER_TRY_VOID(file.read_exactly_at(at, bytes));
    THEATER_TRY_VOID(file.write_at(at, bytes));
  }
  return file.sync();
}

Result<void> write_missing_footer(const fs::path& folder, uint64_t number) {
  fs::path path = segment_path(folder, number);
  FileHandle there = THEATER_TRY(FileHandle::open(path, OpenMode::kRead));
  if (THEATER_TRY(find_footer(there))) return {};
  SealedSegment segment = THEATER_TRY(SealedSegment::open(segments_folder(folder), number));
  std::optional<uint64_t> offset = segment.missing_footer();
  if (!offset) return {};
  Bytes bytes;
  append_footer(bytes, segment.footer(), *offset);
  FileHandle file = THEATER_TRY(FileHandle::open(path, OpenMode::kReadWrite));
  THEATER_TRY_VOID(file.write_at(*offset, bytes));
  THEATER_TRY_VOID(file.truncate(*offset + bytes.size()));
  return file.sync();
}

}  // namespace

Result<void> settle_end(const fs::path& folder, const LogEnd& end) {
  for (uint64_t number = 0; number < end.place.number; ++number) {
    THEATER_TRY_VOID(write_missing_footer(folder, number));
  }
  const SegmentWriter::Place& place = end.place;
  if (place.bodies_end > 0) {
    THEATER_TRY_VOID(rewrite(bodies_path(folder, place.number), end.last_bodies, place.bodies_end));
  }
  fs::path newest = segment_path(folder, place.number);
  uint64_t used = place.end;
  if (end.is_sealed) {
    FileHandle sealed = THEATER_TRY(FileHandle::open(newest, OpenMode::kRead));
    used = THEATER_TRY(sealed.size());
  }
  THEATER_TRY_VOID(rewrite(newest, end.last_group, used));
  return sync_folder(segments_folder(folder));
}

}  // namespace theater::log
