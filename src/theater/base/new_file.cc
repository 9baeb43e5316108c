#include "theater/base/new_file.h"

#include "theater/base/check.h"
#include "theater/base/hex.h"
#include "theater/base/random.h"

#include <unistd.h>

#include <array>
#include <utility>

namespace theater {

namespace {

// Few system calls for files of many small parts.
constexpr size_t kBufferSize = size_t{1} << 18;

}  // namespace

NewFile::NewFile(std::filesystem::path path, FileHandle file)
    : path_(std::move(path)), file_(std::move(file)) {}

NewFile::NewFile(NewFile&& other) noexcept
    : path_(std::move(other.path_)),
      file_(std::exchange(other.file_, std::nullopt)),
      buffer_(std::move(other.buffer_)),
      written_(other.written_) {}

NewFile::~NewFile() {
  if (file_) ::unlink(file_->path().c_str());
}

Result<NewFile> NewFile::create(const std::filesystem::path& path, FileMode mode) {
  OsRandom random;
  std::array<uint8_t, 8> salt{};
  random.fill(salt);
  std::filesystem::path temporary = path;
  temporary += ".tmp-" + to_hex(salt);
  return NewFile(path, THEATER_TRY(FileHandle::open(temporary, OpenMode::kCreateExclusive,
                                                    static_cast<unsigned>(mode))));
}

Result<void> NewFile::append(ByteView bytes) {
  THEATER_CHECK(file_.has_value(), "a file is written to after its end");
  if (buffer_.size() + bytes.size() >= kBufferSize) THEATER_TRY_VOID(flush());
  if (bytes.size() < kBufferSize) {
    theater::append(buffer_, bytes);
    return {};
  }
  THEATER_TRY_VOID(file_->write_at(written_, bytes));
  written_ += bytes.size();
  return {};
}

Result<void> NewFile::flush() {
  if (buffer_.empty()) return {};
  THEATER_TRY_VOID(file_->write_at(written_, buffer_));
  written_ += buffer_.size();
  buffer_.clear();
  return {};
}

Result<void> NewFile::finish() {
  THEATER_CHECK(file_.has_value(), "a file is finished twice");
  THEATER_TRY_VOID(flush());
  THEATER_TRY_VOID(file_->sync());
  THEATER_TRY_VOID(rename_file(file_->path(), path_));
  file_.reset();
  return sync_folder(path_.has_parent_path() ? path_.parent_path() : ".");
}

}  // namespace theater
