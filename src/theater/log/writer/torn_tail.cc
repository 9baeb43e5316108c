#include "theater/log/writer/torn_tail.h"

#include "theater/base/log.h"
#include "theater/log/segment/segment_files.h"
#include "theater/log/segment/segment_format.h"

namespace theater::log {

namespace fs = std::filesystem;

namespace {

Result<Hash> keep(const fs::path& folder, const FileHandle& file, const TornTail& tail,
                  uint64_t time) {
  Bytes bytes(static_cast<size_t>(tail.length));
  THEATER_TRY_VOID(file.read_exactly_at(tail.offset, bytes));
  fs::path lost = folder / "lost+found";
  THEATER_TRY_VOID(make_private_folder(lost));
  fs::path path;
  Result<FileHandle> made = fail(ErrorCode::kAlreadyExists, "");
  while (!made && made.error().code() == ErrorCode::kAlreadyExists) {
    std::string_view kind = tail.file == TornTail::File::kBodies ? "bodies" : "segment";
    path = lost / fmt::format("{:010}-{}-{}.{}", tail.segment, tail.offset, time++, kind);
    made = FileHandle::open(path, OpenMode::kCreateExclusive);
  }
  FileHandle copy = THEATER_TRY(std::move(made));
  THEATER_TRY_VOID(copy.write_at(0, bytes));
  THEATER_TRY_VOID(copy.sync());
  THEATER_TRY_VOID(sync_folder(lost));
  log_line(LogLevel::kWarn, {.actor = {}, .part = "log"},
           "{} bytes after the last whole group in {} were moved to {}: a crash tore a write",
           tail.length, file.path().string(), path.string());
  return sha256(bytes);
}

}  // namespace

Result<std::vector<TailRemoved>> remove_tails(const fs::path& folder,
                                              const std::vector<TornTail>& tails,
                                              const Clock& clock) {
  std::vector<TailRemoved> removed;
  fs::path segments = segments_folder(folder);
  for (const TornTail& tail : tails) {
    bool is_segment = tail.file == TornTail::File::kSegment;
    fs::path path =
        segments / (is_segment ? segment_file_name(tail.segment) : bodies_file_name(tail.segment));
    FileHandle file = THEATER_TRY(FileHandle::open(path, OpenMode::kReadWrite));
    if (tail.length > 0) {
      Hash digest = THEATER_TRY(keep(folder, file, tail, clock.wall_us()));
      removed.push_back({tail.segment, tail.offset, tail.length, digest});
    }
    if (tail.offset > 0) {
      THEATER_TRY_VOID(file.truncate(tail.offset));
      THEATER_TRY_VOID(file.sync());
    } else {
      THEATER_TRY_VOID(remove_file(path));
      THEATER_TRY_VOID(sync_folder(segments));
    }
  }
  return removed;
}

}  // namespace theater::log
