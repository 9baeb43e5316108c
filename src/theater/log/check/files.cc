#include "theater/log/check/files.h"

#include "theater/base/bytes.h"
#include "theater/base/check.h"
#include "theater/log/event/format_version.h"
#include "theater/log/event/little_endian.h"
#include "theater/log/segment/body_format.h"
#include "theater/log/segment/segment_format.h"

#include <fmt/format.h>

#include <sys/mman.h>

#include <algorithm>
#include <system_error>
#include <utility>

namespace theater::log::check {

namespace {

namespace fs = std::filesystem;

constexpr size_t kLargePage = size_t{2} << 20;
// Enough of a segment or a body file to tell its version.
constexpr size_t kHeaderRead = 64;
constexpr size_t kWindow = size_t{256} << 10;

// Opening a pipe would wait for ever, so what is there is looked at first.
Result<std::optional<FileHandle>> open_regular(const fs::path& path) {
  std::error_code error;
  fs::file_status status = fs::symlink_status(path, error);
  if (status.type() == fs::file_type::not_found) return std::optional<FileHandle>();
  if (error) return fail(ErrorCode::kIo, "{}: {}", path.string(), error.message());
  if (status.type() != fs::file_type::regular) {
    return fail(ErrorCode::kCorrupt, "it is no regular file");
  }
  Result<FileHandle> file = FileHandle::open(path, OpenMode::kRead);
  if (!file) return Failure(std::move(file).error());
  return std::optional<FileHandle>(*std::move(file));
}

uint64_t size_of(const fs::path& path) {
  std::error_code error;
  if (fs::symlink_status(path, error).type() != fs::file_type::regular) return 0;
  uintmax_t size = fs::file_size(path, error);
  return error ? 0 : size;
}

// `read` reads a header.
template <typename Read>
Result<void> refuse_if_never_released(const fs::path& path, const Read& read) {
  Result<std::optional<FileHandle>> file = open_regular(path);
  if (!file || !*file) return {};
  Bytes beginning(kHeaderRead);
  Result<size_t> there = (*file)->read_at(0, beginning);
  if (!there) return {};
  beginning.resize(*there);
  auto header = read(ByteView(beginning));
  if (header || header.error().code() != ErrorCode::kUnsupported) return {};
  // Magic, then version: the same in both kinds of file.
  if (load_u32(ByteView(beginning).subspan(8)) != kVersionNeverReleased) return {};
  return Failure(std::move(header).error().with_context(fmt::format("reading {}", path.string())));
}

}  // namespace

std::span<uint8_t> SegmentMemory::room(size_t size) {
  if (size > size_) {
    bytes_.reset();
    size_ = size;
    if (size < kLargePage) {
      bytes_.reset(static_cast<uint8_t*>(std::malloc(size)));
    } else {
      size_ = (size + kLargePage - 1) / kLargePage * kLargePage;
      bytes_.reset(static_cast<uint8_t*>(std::aligned_alloc(kLargePage, size_)));
      // It is a wish, and all is well without it.
      if (bytes_) madvise(bytes_.get(), size_, MADV_HUGEPAGE);
    }
    THEATER_CHECK(bytes_, "no memory for a segment of {} bytes", size);
  }
  return {bytes_.get(), size};
}

uint64_t LogFiles::bytes() const {
  uint64_t sum = 0;
  for (const SegmentFile& file : segments)
    sum += file.size + file.bodies_size;
  return sum;
}

Result<LogFiles> find_files(const fs::path& folder) {
  LogFiles files{.folder = folder, .segments = {}};
  fs::path segments = folder / "segments";
  std::error_code error;
  fs::directory_iterator entries(segments, error);
  if (error == std::errc::no_such_file_or_directory) {
    return fail(ErrorCode::kNotFound, "there is no log in {}: it has no folder `segments`",
                folder.string());
  }
  for (; !error && entries != fs::directory_iterator(); entries.increment(error)) {
    std::optional<uint64_t> number = segment_number(entries->path().filename().string());
    if (!number) continue;
    files.segments.push_back({.number = *number,
                              .size = size_of(entries->path()),
                              .bodies_size = size_of(segments / bodies_file_name(*number))});
  }
  if (error) return fail(ErrorCode::kIo, "reading {}: {}", segments.string(), error.message());
  std::sort(files.segments.begin(), files.segments.end(),
            [](const SegmentFile& a, const SegmentFile& b) { return a.number < b.number; });
  return files;
}

Result<void> refuse_version_never_released(const LogFiles& files) {
  for (const SegmentFile& file : files.segments) {
    THEATER_TRY_VOID(
        refuse_if_never_released(files.folder / segment_file(file.number), read_header));
    THEATER_TRY_VOID(
        refuse_if_never_released(files.folder / bodies_file(file.number), read_bodies_header));
  }
  return {};
}

Result<void> read_segment(const LogFiles& files, const SegmentFile& file, SegmentImage& image,
                          FindingList& findings) {
  image.number = file.number;
  image.bytes = {};
  image.bodies.reset();
  image.bodies_size = 0;
  image.footer.reset();
  std::optional<FileHandle> segment =
      THEATER_TRY(open_regular(files.folder / segment_file(file.number)));
  if (!segment) return fail(ErrorCode::kNotFound, "it was removed while the log was checked");
  if (file.size > kSegmentBytesMax) {
    return fail(ErrorCode::kCorrupt, "it has {} bytes; a segment has at most {}", file.size,
                kSegmentBytesMax);
  }
  std::span<uint8_t> room = image.memory.room(static_cast<size_t>(file.size));
  // A node that seals the segment meanwhile gives room back: it may be shorter by now.
  size_t there = THEATER_TRY(segment->read_at(0, room));
  image.bytes = ByteView(room).first(there);

  Result<std::optional<FileHandle>> bodies = open_regular(files.folder / bodies_file(file.number));
  Result<uint64_t> size = uint64_t{0};
  if (bodies && *bodies) size = (*bodies)->size();
  if (!bodies || !size) {
    const Error& error = bodies ? size.error() : bodies.error();
    findings.add(
        {.finding = {.verdict = error.code() == ErrorCode::kCorrupt ? Verdict::kInvalid
                                                                    : Verdict::kUnverifiable,
                     .what = "the body file cannot be read: " + error.to_string(),
                     .file = bodies_file(file.number)},
         .place = {.segment = file.number}});
    return {};
  }
  if (!*bodies) return {};
  image.bodies = *std::move(bodies);
  image.bodies_size = *size;
  return {};
}

// The header of a body file follows from the segment: what is there of it must be that.
std::optional<std::string> bodies_header_fault(const SegmentImage& image) {
  if (!image.bodies) return std::nullopt;
  Bytes wanted;
  append_bodies_header(wanted, {.log_id = image.log_id, .segment = image.number});
  Bytes found(static_cast<size_t>(std::min<uint64_t>(image.bodies_size, wanted.size())));
  if (Result<void> read = image.bodies->read_exactly_at(0, found); !read) {
    return "the body file's header cannot be read: " + read.error().to_string();
  }
  if (std::equal(found.begin(), found.end(), wanted.begin())) return std::nullopt;
  Result<BodiesHeader> header = read_bodies_header(found);
  if (!header) return header.error().message();
  return fmt::format("the body file is of segment {} of log {}", header->segment,
                     header->log_id.to_string());
}

Result<bool> only_zeros(const FileHandle& file, uint64_t offset, uint64_t bytes) {
  Bytes window(static_cast<size_t>(std::min<uint64_t>(bytes, kWindow)));
  while (bytes > 0) {
    auto part = std::span(window).first(static_cast<size_t>(std::min<uint64_t>(bytes, kWindow)));
    THEATER_TRY_VOID(file.read_exactly_at(offset, part));
    if (std::any_of(part.begin(), part.end(), [](uint8_t byte) { return byte != 0; })) {
      return false;
    }
    offset += part.size();
    bytes -= part.size();
  }
  return true;
}

Result<std::optional<std::string>> read_note(const fs::path& path, uint64_t size_max) {
  std::optional<FileHandle> file = THEATER_TRY(open_regular(path));
  if (!file) return std::optional<std::string>();
  Bytes bytes(static_cast<size_t>(size_max) + 1);
  size_t size = THEATER_TRY(file->read_at(0, bytes));
  if (size > size_max) return fail(ErrorCode::kCorrupt, "it has more than {} bytes", size_max);
  return std::optional<std::string>(as_text(ByteView(bytes).first(size)));
}

}  // namespace theater::log::check
