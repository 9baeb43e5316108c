// A file that appears under its name whole, or not at all: written next to it, synced, renamed.
//
//   NewFile file = THEATER_TRY(NewFile::create(path));
//   THEATER_TRY_VOID(file.append(bytes));
//   THEATER_TRY_VOID(file.finish());
//
// For files that are too large for write_file() (file.h), which takes all bytes at once.
#pragma once

#include "theater/base/bytes.h"
#include "theater/base/file.h"
#include "theater/base/file_handle.h"
#include "theater/base/result.h"

#include <cstdint>
#include <filesystem>
#include <optional>

namespace theater {

// Move-only, one user at a time. What was written goes when the object does, unless finish() was
// called and has returned without failure.
class NewFile {
 public:
  // Begins a file next to `path`, which is not touched yet. Fails as FileHandle::open() does.
  static Result<NewFile> create(const std::filesystem::path& path,
                                FileMode mode = FileMode::kPublic);

  NewFile(NewFile&&) noexcept;
  NewFile& operator=(NewFile&&) = delete;
  ~NewFile();

  // Adds bytes at the end; they may wait in memory for more. Fails with kIo or kResourceExhausted,
  // after which the file is for nothing more than to be destroyed.
  Result<void> append(ByteView bytes);

  // How many bytes were appended.
  uint64_t size() const { return written_ + buffer_.size(); }

  // Brings everything to disk and gives the file its name, in place of one that had it. Fails as
  // append() does; what had the name has it still then, unless only the folder could not be synced.
  Result<void> finish();

 private:
  NewFile(std::filesystem::path path, FileHandle file);

  Result<void> flush();

  std::filesystem::path path_;
  std::optional<FileHandle> file_;  // None once it has its name, or was moved from.
  Bytes buffer_;
  uint64_t written_ = 0;
};

}  // namespace theater
