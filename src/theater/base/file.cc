#include "theater/base/file.h"

#include "theater/base/file_handle.h"
#include "theater/base/hex.h"
#include "theater/base/random.h"

#include <algorithm>
#include <array>

namespace theater {

namespace {

Result<void> make_file(const std::filesystem::path& path, ByteView bytes, FileMode mode) {
  FileHandle file =
      THEATER_TRY(FileHandle::open(path, OpenMode::kCreateExclusive, static_cast<unsigned>(mode)));
  THEATER_TRY_VOID(file.write_at(0, bytes));
  return file.sync();
}

}  // namespace

Result<Bytes> read_file(const std::filesystem::path& path, size_t size_max) {
  FileHandle file = THEATER_TRY(FileHandle::open(path, OpenMode::kReadThroughLink));
  uint64_t size = THEATER_TRY(file.size());
  Bytes bytes;
  // A file in /proc says that it is empty, and any file may grow while it is read. One byte more
  // than there should be is asked for, so that most files end in the first round.
  for (bool more = size <= size_max; more && bytes.size() <= size_max;) {
    size_t old_size = bytes.size();
    size_t chunk = std::max<size_t>(size >= old_size ? size - old_size + 1 : 0, 4096);
    bytes.resize(old_size + chunk);
    size_t got = THEATER_TRY(file.read_at(old_size, std::span(bytes).subspan(old_size)));
    bytes.resize(old_size + got);
    more = got == chunk;
  }
  if (std::max<uint64_t>(size, bytes.size()) <= size_max) return bytes;
  return fail(ErrorCode::kResourceExhausted, "{} is larger than the {} bytes allowed here",
              path.string(), size_max);
}

Result<std::string> read_text_file(const std::filesystem::path& path, size_t size_max) {
  Bytes bytes = THEATER_TRY(read_file(path, size_max));
  return std::string(as_text(bytes));
}

Result<void> write_file(const std::filesystem::path& path, ByteView bytes, FileMode mode) {
  OsRandom random;
  std::array<uint8_t, 8> salt{};
  random.fill(salt);
  std::filesystem::path temporary = path;
  temporary += ".tmp-" + to_hex(salt);
  Result<void> written = make_file(temporary, bytes, mode);
  if (written) written = rename_file(temporary, path);
  if (!written) {
    (void)remove_file(temporary);
    return written;
  }
  return sync_folder(path.has_parent_path() ? path.parent_path() : ".");
}

}  // namespace theater
