#include "theater/base/file_handle.h"

#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>

namespace theater {

namespace {

// Calls again what a signal interrupted.
template <class Call>
auto uninterrupted(Call&& call) {
  for (;;) {
    auto result = call();
    if (result != -1 || errno != EINTR) return result;
  }
}

int flags_of(OpenMode mode) {
  // Without O_NONBLOCK, opening a named pipe waits for its other end.
  constexpr int kAlways = O_CLOEXEC | O_NONBLOCK | O_NOCTTY;
  switch (mode) {
    case OpenMode::kRead:
      return kAlways | O_NOFOLLOW | O_RDONLY;
    case OpenMode::kReadThroughLink:
      return kAlways | O_RDONLY;
    case OpenMode::kReadWrite:
      return kAlways | O_NOFOLLOW | O_RDWR;
    case OpenMode::kCreate:
      return kAlways | O_NOFOLLOW | O_RDWR | O_CREAT;
    case OpenMode::kCreateExclusive:
      return kAlways | O_NOFOLLOW | O_RDWR | O_CREAT | O_EXCL;
  }
  return kAlways | O_RDONLY;
}

ErrorCode code_of(int error) {
  switch (error) {
    case ENOENT:
      return ErrorCode::kNotFound;
    case EEXIST:
      return ErrorCode::kAlreadyExists;
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
      return ErrorCode::kResourceExhausted;
    default:
      return ErrorCode::kIo;
  }
}

bool is_folder(const std::filesystem::path& path) {
  struct stat status{};
  return ::stat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode);
}

// The folder in which the last name of `path` stands.
std::filesystem::path folder_of(const std::filesystem::path& path) {
  return path.has_parent_path() ? path.parent_path() : ".";
}

}  // namespace

Failure os_failure(std::string_view doing, const std::filesystem::path& path, int error) {
  return fail(code_of(error), "cannot {} {}: {}", doing, path.string(), std::strerror(error));
}

Result<FileHandle> FileHandle::open(const std::filesystem::path& path, OpenMode mode,
                                    unsigned permissions) {
  int descriptor = uninterrupted(
      [&] { return ::open(path.c_str(), flags_of(mode), static_cast<mode_t>(permissions)); });
  if (descriptor < 0 && errno == ELOOP && mode != OpenMode::kReadThroughLink) {
    return fail(ErrorCode::kInvalidArgument,
                "{} is a symbolic link, which is not followed here: put the file itself there",
                path.string());
  }
  bool irregular = descriptor < 0 && (errno == EISDIR || errno == ENXIO);
  if (descriptor < 0 && !irregular) {
    bool making = mode == OpenMode::kCreate || mode == OpenMode::kCreateExclusive;
    return os_failure(making ? "create" : "open", path, errno);
  }
  FileHandle file(descriptor, path);
  struct stat status{};
  if (!irregular && ::fstat(descriptor, &status) != 0) return os_failure("stat", path, errno);
  if (irregular || !S_ISREG(status.st_mode)) {
    return fail(ErrorCode::kInvalidArgument, "{} is not a regular file", path.string());
  }
  return file;
}

FileHandle::FileHandle(FileHandle&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)), path_(std::move(other.path_)) {}

FileHandle& FileHandle::operator=(FileHandle&& other) noexcept {
  // What this file was until here is closed when `other` goes.
  std::swap(descriptor_, other.descriptor_);
  std::swap(path_, other.path_);
  return *this;
}

FileHandle::~FileHandle() {
  // An interrupted close() has closed; calling it again could hit somebody else's descriptor.
  if (descriptor_ >= 0) ::close(descriptor_);
}

Result<size_t> FileHandle::read_at(uint64_t offset, std::span<uint8_t> out) const {
  size_t done = 0;
  while (done < out.size()) {
    ssize_t got = uninterrupted([&] {
      return ::pread(descriptor_, out.data() + done, out.size() - done,
                     static_cast<off_t>(offset + done));
    });
    if (got < 0) return os_failure("read", path_, errno);
    if (got == 0) break;
    done += static_cast<size_t>(got);
  }
  return done;
}

Result<void> FileHandle::read_exactly_at(uint64_t offset, std::span<uint8_t> out) const {
  size_t got = THEATER_TRY(read_at(offset, out));
  if (got == out.size()) return {};
  return fail(ErrorCode::kCorrupt, "{} ends at octet {}, but {} octets should stand at octet {}",
              path_.string(), offset + got, out.size(), offset);
}

Result<void> FileHandle::write_at(uint64_t offset, ByteView bytes) {
  return write_at(offset, std::span<const ByteView>(&bytes, 1));
}

Result<void> FileHandle::write_at(uint64_t offset, std::span<const ByteView> parts) {
  size_t begun = 0;  // How much of the first part is written.
  while (!parts.empty()) {
    std::array<iovec, IOV_MAX> pieces;
    size_t count = std::min(parts.size(), pieces.size());
    size_t wanted = 0;
    for (size_t i = 0; i < count; ++i) {
      ByteView rest = parts[i].subspan(i == 0 ? begun : 0);
      pieces[i] = {const_cast<uint8_t*>(rest.data()), rest.size()};
      wanted += rest.size();
    }
    ssize_t written = uninterrupted([&] {
      return ::pwritev(descriptor_, pieces.data(), static_cast<int>(count),
                       static_cast<off_t>(offset));
    });
    if (written < 0) return os_failure("write", path_, errno);
    if (written == 0 && wanted > 0) return os_failure("write", path_, EIO);
    offset += static_cast<uint64_t>(written);
    begun += static_cast<size_t>(written);
    while (!parts.empty() && begun >= parts.front().size()) {
      begun -= parts.front().size();
      parts = parts.subspan(1);
    }
  }
  return {};
}

Result<uint64_t> FileHandle::size() const {
  struct stat status{};
  if (::fstat(descriptor_, &status) != 0) return os_failure("stat", path_, errno);
  return static_cast<uint64_t>(status.st_size);
}

Result<void> FileHandle::truncate(uint64_t size) {
  int done = uninterrupted([&] { return ::ftruncate(descriptor_, static_cast<off_t>(size)); });
  if (done != 0) return os_failure("set the length of", path_, errno);
  return {};
}

Result<void> FileHandle::preallocate(uint64_t size) {
  if (size == 0) return {};
  int done =
      uninterrupted([&] { return ::fallocate(descriptor_, 0, 0, static_cast<off_t>(size)); });
  if (done == 0) return {};
  if (errno != EOPNOTSUPP && errno != ENOSYS && errno != EINVAL) {
    return os_failure("make room in", path_, errno);
  }
  if (THEATER_TRY(this->size()) >= size) return {};
  return truncate(size);
}

Result<void> FileHandle::sync() {
  // One that was interrupted has reported nothing yet, so that calling it again hides no failure.
  if (uninterrupted([&] { return ::fdatasync(descriptor_); }) == 0) return {};
  return os_failure("sync", path_, errno);
}

Result<void> sync_folder(const std::filesystem::path& folder) {
  int descriptor =
      uninterrupted([&] { return ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC); });
  if (descriptor < 0) return os_failure("open the folder", folder, errno);
  int done = uninterrupted([&] { return ::fsync(descriptor); });
  int error = errno;
  ::close(descriptor);
  if (done != 0) return os_failure("sync the folder", folder, error);
  return {};
}

Result<void> make_private_folder(const std::filesystem::path& folder) {
  // "a/b/" has no last name: the folder is "a/b".
  if (!folder.has_filename() && folder.has_relative_path()) {
    return make_private_folder(folder.parent_path());
  }
  if (is_folder(folder)) return {};
  std::filesystem::path parent = folder_of(folder);
  if (!is_folder(parent) && parent != folder) THEATER_TRY_VOID(make_private_folder(parent));
  if (::mkdir(folder.c_str(), 0700) == 0) return sync_folder(parent);
  int error = errno;
  if (error == EEXIST && is_folder(folder)) return {};  // Somebody else made it.
  if (error == EEXIST) return fail(ErrorCode::kIo, "{} is not a folder", folder.string());
  return os_failure("make the folder", folder, error);
}

Result<void> rename_file(const std::filesystem::path& from, const std::filesystem::path& to) {
  if (std::rename(from.c_str(), to.c_str()) == 0) return {};
  return os_failure("rename " + from.string() + " to", to, errno);
}

}  // namespace theater
