// An open file: positioned reads and writes that are whole or fail, and the calls that make them
// last.
//
// Everything retries what a signal interrupted and continues after a short write. Errors are kIo
// (kNotFound and kAlreadyExists where they apply, kResourceExhausted for a full disk or quota) and
// name the path and what was tried. A failed sync is never tried again: after one, what was written
// before it may be lost without a further error.
#pragma once

#include "theater/base/bytes.h"
#include "theater/base/result.h"

#include <cstdint>
#include <filesystem>
#include <span>
#include <string_view>
#include <utility>

namespace theater {

enum class OpenMode : uint8_t {
  kRead,
  kReadThroughLink,  // Follows a symbolic link at the end of the path, unlike all others.
  kReadWrite,
  kCreate,           // Read and write; made if it is not there.
  kCreateExclusive,  // Fails with kAlreadyExists if it is there.
};

// Move-only; closes on destruction. One user at a time, but for the const functions, which are safe
// from any thread.
class FileHandle {
 public:
  // A file that is made has `permissions` (0600 by default). Fails with kInvalidArgument for what
  // is not a regular file; never waits for the other end of a pipe.
  static Result<FileHandle> open(const std::filesystem::path& path, OpenMode mode,
                                 unsigned permissions = 0600);

  FileHandle(FileHandle&& other) noexcept;
  FileHandle& operator=(FileHandle&& other) noexcept;
  ~FileHandle();

  // Fills `out` from `offset` on and returns how much there was: less than asked only at the end.
  Result<size_t> read_at(uint64_t offset, std::span<uint8_t> out) const;
  // The same, failing with kCorrupt if the file ends before.
  Result<void> read_exactly_at(uint64_t offset, std::span<uint8_t> out) const;

  Result<void> write_at(uint64_t offset, ByteView bytes);
  // One after the other from `offset` on, in one system call where possible.
  Result<void> write_at(uint64_t offset, std::span<const ByteView> parts);

  Result<uint64_t> size() const;
  Result<void> truncate(uint64_t size);
  // Makes room up to `size` and makes the file that long, with zeros. Where the file system cannot
  // set room aside, the file just gets longer.
  Result<void> preallocate(uint64_t size);

  // fdatasync: contents, and the size if it changed.
  Result<void> sync();

  int descriptor() const { return descriptor_; }
  const std::filesystem::path& path() const { return path_; }

 private:
  FileHandle(int descriptor, std::filesystem::path path)
      : descriptor_(descriptor), path_(std::move(path)) {}

  int descriptor_ = -1;
  std::filesystem::path path_;
};

// Makes the names in a folder last: after a file was made, renamed or removed there.
Result<void> sync_folder(const std::filesystem::path& folder);

// Makes a folder, and those above it that are missing, with permissions 0700, and makes their names
// last. Does nothing if it is there.
Result<void> make_private_folder(const std::filesystem::path& folder);

// Makes that folder alone, and says whether it did: false if there is something of that name. Its
// name lasts after sync_folder() of the folder above it.
Result<bool> make_one_folder(const std::filesystem::path& folder);

// Its name is gone for good after sync_folder().
Result<void> remove_file(const std::filesystem::path& path);

// Gives a file another name in the same file system; a file that had that name is gone. The names
// last after sync_folder().
Result<void> rename_file(const std::filesystem::path& from, const std::filesystem::path& to);

// "cannot <doing> <path>: <what errno says>", with the code that belongs to `error`, and a hint
// where there is something to be done: for system calls that have no function here.
Failure os_failure(std::string_view doing, const std::filesystem::path& path, int error);

}  // namespace theater
