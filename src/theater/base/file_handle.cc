#include "theater/base/file_handle.h"

#include "theater/base/file_faults.h"

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

// Makes a system call that says -1 and errno, or what a test wants in place of it; again when a
// signal has interrupted it. `call` gets how many bytes it may read or write.
template <class Call>
auto call_system(FileCall kind, const std::filesystem::path& path, const Call& call) {
  for (;;) {
    FileFault fault = file_fault(kind, path);
    decltype(call(size_t{})) result = 0;
    if (fault.error != 0) {
      errno = fault.error;
      result = -1;
    } else if (!fault.pretend) {
      result = call(fault.bytes_max);
    }
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

std::string hint_for(int error) {
  switch (error) {
    case ENOSPC:
      return "make room on that file system";
    case EDQUOT:
      return "make room: the quota on that file system is used up";
    case EMFILE:
    case ENFILE:
      return "raise the number of files that may be open (ulimit -n)";
    case EROFS:
      return "the file system is mounted for reading only";
    case EACCES:
    case EPERM:
      return "see who owns the file and its folders";
    case EIO:
      return "the disk or its connection may be broken: look into the system's log (dmesg)";
    default:
      return {};
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
  Error failure(code_of(error),
                fmt::format("cannot {} {}: {}", doing, path.string(), std::strerror(error)));
  return Failure(std::move(failure).with_hint(hint_for(error)));
}

Result<FileHandle> FileHandle::open(const std::filesystem::path& path, OpenMode mode,
                                    unsigned permissions) {
  int descriptor = call_system(FileCall::kOpen, path, [&](size_t) {
    return ::open(path.c_str(), flags_of(mode), static_cast<mode_t>(permissions));
  });
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
  auto look = [&](size_t) { return ::fstat(descriptor, &status); };
  if (!irregular && call_system(FileCall::kStat, path, look) != 0)
    return os_failure("stat", path, errno);
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
  // An interrupted close() has closed; calling it again could close another owner's descriptor.
  if (descriptor_ >= 0) ::close(descriptor_);
}

Result<size_t> FileHandle::read_at(uint64_t offset, std::span<uint8_t> out) const {
  size_t done = 0;
  while (done < out.size()) {
    ssize_t got = call_system(FileCall::kRead, path_, [&](size_t max) {
      return ::pread(descriptor_, out.data() + done, std::min(out.size() - done, max),
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
  return fail(ErrorCode::kCorrupt, "{} ends at byte {}, but {} bytes should stand at byte {}",
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
    ssize_t written = call_system(FileCall::kWrite, path_, [&](size_t max) {
      if (max < pieces[0].iov_len) {
        return ::pwrite(descriptor_, pieces[0].iov_base, max, static_cast<off_t>(offset));
      }
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
  auto look = [&](size_t) { return ::fstat(descriptor_, &status); };
  if (call_system(FileCall::kStat, path_, look) != 0) return os_failure("stat", path_, errno);
  return static_cast<uint64_t>(status.st_size);
}

Result<void> FileHandle::truncate(uint64_t size) {
  int done = call_system(FileCall::kTruncate, path_, [&](size_t) {
    return ::ftruncate(descriptor_, static_cast<off_t>(size));
  });
  if (done != 0) return os_failure("set the length of", path_, errno);
  return {};
}

Result<void> FileHandle::preallocate(uint64_t size) {
  if (size == 0) return {};
  int done = call_system(FileCall::kAllocate, path_, [&](size_t) {
    return ::fallocate(descriptor_, 0, 0, static_cast<off_t>(size));
  });
  if (done == 0) return {};
  if (errno != EOPNOTSUPP && errno != ENOSYS && errno != EINVAL) {
    return os_failure("make room in", path_, errno);
  }
  if (THEATER_TRY(this->size()) >= size) return {};
  return truncate(size);
}

Result<void> FileHandle::sync() {
  // One that was interrupted has reported nothing yet, so that calling it again hides no failure.
  auto sync = [&](size_t) { return ::fdatasync(descriptor_); };
  if (call_system(FileCall::kSync, path_, sync) == 0) return {};
  return os_failure("sync", path_, errno);
}

Result<void> sync_folder(const std::filesystem::path& folder) {
  int descriptor = call_system(FileCall::kOpenFolder, folder, [&](size_t) {
    return ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  });
  if (descriptor < 0) return os_failure("open the folder", folder, errno);
  int done =
      call_system(FileCall::kSyncFolder, folder, [&](size_t) { return ::fsync(descriptor); });
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
  Result<bool> made = make_one_folder(folder);
  if (!made) return Failure(std::move(made).error());
  if (*made) return sync_folder(parent);
  if (is_folder(folder)) return {};  // Another thread or process made it.
  return fail(ErrorCode::kIo, "{} is not a folder", folder.string());
}

Result<bool> make_one_folder(const std::filesystem::path& folder) {
  auto make = [&](size_t) { return ::mkdir(folder.c_str(), 0700); };
  if (call_system(FileCall::kMakeFolder, folder, make) == 0) return true;
  if (errno == EEXIST) return false;
  return os_failure("make the folder", folder, errno);
}

Result<void> remove_file(const std::filesystem::path& path) {
  auto remove = [&](size_t) { return ::unlink(path.c_str()); };
  if (call_system(FileCall::kRemove, path, remove) == 0) return {};
  return os_failure("remove", path, errno);
}

Result<void> rename_file(const std::filesystem::path& from, const std::filesystem::path& to) {
  auto rename = [&](size_t) { return std::rename(from.c_str(), to.c_str()); };
  if (call_system(FileCall::kRename, to, rename) == 0) return {};
  return os_failure("rename " + from.string() + " to", to, errno);
}

}  // namespace theater
