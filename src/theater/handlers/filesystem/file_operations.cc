#include "theater/handlers/filesystem/file_operations.h"

#include "theater/base/file_handle.h"
#include "theater/base/hex.h"
#include "theater/base/random.h"
#include "theater/base/utf8.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <memory>
#include <optional>

namespace theater {

namespace {

Result<struct stat> facts_of(const Descriptor& opened, std::string_view path) {
  struct stat facts{};
  if (::fstat(opened.number(), &facts) == 0) return facts;
  return os_failure("look at", path, errno);
}

Failure no_regular_file(std::string_view path, mode_t mode) {
  std::string_view kind = S_ISDIR(mode)    ? "a folder"
                          : S_ISLNK(mode)  ? "a symbolic link, which is not written through"
                          : S_ISFIFO(mode) ? "a named pipe"
                          : S_ISSOCK(mode) ? "a socket"
                                           : "a device";
  return fail(ErrorCode::kInvalidArgument, "`{}` is not a regular file but {}", path, kind);
}

// What of this name is there, without following it; none if nothing is.
Result<std::optional<struct stat>> look(const FilePlace& place) {
  struct stat facts{};
  int looked = ::fstatat(place.folder.number(), place.name.c_str(), &facts, AT_SYMLINK_NOFOLLOW);
  if (looked == 0) return facts;
  if (errno == ENOENT) return std::optional<struct stat>();
  return os_failure("look at", place.path, errno);
}

Result<void> write_all(const Descriptor& file, std::string_view path, ByteView bytes) {
  while (!bytes.empty()) {
    ssize_t written = ::write(file.number(), bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return os_failure("write", path, errno);
    bytes = bytes.subspan(static_cast<size_t>(written));
  }
  return {};
}

std::string unfinished_name() {
  OsRandom random;
  std::array<uint8_t, 8> salt{};
  random.fill(salt);
  return std::string(kUnfinishedPrefix) + to_hex(salt);
}

Result<void> write_unfinished(const Descriptor& file, std::string_view path, ByteView content,
                              std::optional<mode_t> mode) {
  if (mode && ::fchmod(file.number(), *mode) != 0) {
    return os_failure("set the permissions of", path, errno);
  }
  THEATER_TRY_VOID(write_all(file, path, content));
  if (::fdatasync(file.number()) != 0) return os_failure("sync", path, errno);
  return {};
}

}  // namespace

std::string_view without_end_slashes(std::string_view path) {
  while (path.size() > 1 && path.ends_with('/'))
    path.remove_suffix(1);
  return path;
}

Result<void> sync_names(const FilePlace& place) {
  Descriptor folder = THEATER_TRY(reopen(place.folder, O_RDONLY | O_DIRECTORY, place.path));
  if (::fsync(folder.number()) == 0) return {};
  return os_failure("sync the folder of", place.path, errno);
}

Result<Bytes> read_file(const FileAccess& access, std::string_view path, size_t size_max) {
  Descriptor named = THEATER_TRY(access.find(path, FileRight::kRead));
  struct stat facts = THEATER_TRY(facts_of(named, path));
  if (!S_ISREG(facts.st_mode)) return no_regular_file(path, facts.st_mode);
  auto size = static_cast<uint64_t>(facts.st_size);
  auto too_large = [&](uint64_t bytes) {
    return fail(ErrorCode::kResourceExhausted,
                "`{}` has {} bytes; at most {} can be read at once (limits.payload_bytes)", path,
                bytes, size_max);
  };
  if (size > size_max) return too_large(size);
  Descriptor file = THEATER_TRY(reopen(named, O_RDONLY, path));
  // It may grow meanwhile, and what the kernel makes up says that it is empty: so there is room for
  // one byte more than it should have, and it ends where that is not filled.
  Bytes bytes(static_cast<size_t>(size) + 1);
  size_t filled = 0;
  for (;;) {
    ssize_t got = ::read(file.number(), bytes.data() + filled, bytes.size() - filled);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return os_failure("read", path, errno);
    filled += static_cast<size_t>(got);
    if (got == 0 || filled == size) break;
    if (filled > size_max) return too_large(filled);
    if (filled == bytes.size()) bytes.resize(std::min(size_max + 1, filled * 2 + 4096));
  }
  bytes.resize(filled);
  return bytes;
}

Result<void> write_file(const FileAccess& access, std::string_view path, ByteView content) {
  FilePlace place = THEATER_TRY(access.place(path, FileRight::kWrite));
  std::optional<struct stat> there = THEATER_TRY(look(place));
  if (there && !S_ISREG(there->st_mode)) return no_regular_file(path, there->st_mode);
  std::string name = unfinished_name();
  Descriptor file(::openat(place.folder.number(), name.c_str(),
                           O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644));
  if (!file.open()) return os_failure("create", path, errno);
  std::optional<mode_t> mode;
  if (there) mode = there->st_mode & 0777;
  Result<void> written = write_unfinished(file, path, content, mode);
  int folder = place.folder.number();
  if (written && ::renameat(folder, name.c_str(), folder, place.name.c_str()) != 0) {
    written = os_failure("name", path, errno);
  }
  if (!written) {
    ::unlinkat(folder, name.c_str(), 0);
    return written;
  }
  return sync_names(place);
}

Result<void> append_file(const FileAccess& access, std::string_view path, ByteView content) {
  FilePlace place = THEATER_TRY(access.place(path, FileRight::kWrite));
  std::optional<struct stat> there = THEATER_TRY(look(place));
  if (there && !S_ISREG(there->st_mode)) return no_regular_file(path, there->st_mode);
  Descriptor file(::openat(place.folder.number(), place.name.c_str(),
                           O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC,
                           0644));
  if (!file.open()) return os_failure("open", path, errno);
  // Of what was opened: it may be another than what was looked at.
  struct stat facts = THEATER_TRY(facts_of(file, path));
  if (!S_ISREG(facts.st_mode)) return no_regular_file(path, facts.st_mode);
  if (facts.st_nlink > 1) {
    return fail(ErrorCode::kPermissionDenied,
                "`{}` has other names too, which may be outside of the actor's folder; write-bytes "
                "gives it a file of its own",
                path);
  }
  THEATER_TRY_VOID(write_all(file, path, content));
  if (::fsync(file.number()) != 0) return os_failure("sync", path, errno);
  if (there) return {};
  return sync_names(place);
}

Result<FileMetadata> file_metadata(const FileAccess& access, std::string_view path) {
  Descriptor named = THEATER_TRY(access.find(path, FileRight::kRead));
  struct stat facts = THEATER_TRY(facts_of(named, path));
  FileMetadata metadata;
  if (!S_ISREG(facts.st_mode)) {
    metadata.kind = S_ISDIR(facts.st_mode) ? FileKind::kFolder : FileKind::kOther;
  }
  metadata.size = static_cast<uint64_t>(facts.st_size);
  // A time before the epoch is the epoch.
  if (facts.st_mtim.tv_sec >= 0) {
    metadata.modified = static_cast<uint64_t>(facts.st_mtim.tv_sec) * 1000 +
                        static_cast<uint64_t>(facts.st_mtim.tv_nsec) / 1'000'000;
  }
  return metadata;
}

Result<void> rename_path(const FileAccess& access, std::string_view from, std::string_view to) {
  FilePlace old_place = THEATER_TRY(access.place(without_end_slashes(from), FileRight::kWrite));
  FilePlace new_place = THEATER_TRY(access.place(without_end_slashes(to), FileRight::kWrite));
  // What is denied below would be reached under the new name.
  THEATER_TRY_VOID(access.check_all_below(old_place, FileRight::kWrite));
  THEATER_TRY_VOID(access.check_all_below(new_place, FileRight::kWrite));
  if (::renameat(old_place.folder.number(), old_place.name.c_str(), new_place.folder.number(),
                 new_place.name.c_str()) != 0) {
    return os_failure(fmt::format("rename {} to", from), to, errno);
  }
  THEATER_TRY_VOID(sync_names(new_place));
  return sync_names(old_place);
}

Result<std::vector<std::string>> list_folder(const FileAccess& access, std::string_view path,
                                             size_t size_max) {
  Descriptor named = THEATER_TRY(access.find(path, FileRight::kRead));
  struct stat facts = THEATER_TRY(facts_of(named, path));
  if (!S_ISDIR(facts.st_mode)) {
    return fail(ErrorCode::kInvalidArgument, "`{}` is not a folder", path);
  }
  std::string where = THEATER_TRY(BeneathRoot::where(named));
  Descriptor opened = THEATER_TRY(reopen(named, O_RDONLY | O_DIRECTORY, path));
  auto close = [](DIR* folder) { ::closedir(folder); };
  std::unique_ptr<DIR, decltype(close)> folder(::fdopendir(opened.number()), close);
  if (!folder) return os_failure("list", path, errno);
  opened.release();
  std::vector<std::string> names;
  size_t size = 0;
  for (;;) {
    errno = 0;
    dirent* entry = ::readdir(folder.get());
    if (entry == nullptr && errno != 0) return os_failure("list", path, errno);
    if (entry == nullptr) break;
    std::string name = entry->d_name;
    if (name == "." || name == ".." || !is_utf8(name) || !access.shows(where, name)) continue;
    // Of each, the bytes that say how long it is count too.
    size += name.size() + 2;
    if (size > size_max) {
      return fail(ErrorCode::kResourceExhausted,
                  "the names in `{}` take more than {} bytes, which is the most that can be listed "
                  "at once (limits.payload_bytes)",
                  path, size_max);
    }
    names.push_back(std::move(name));
  }
  std::sort(names.begin(), names.end());
  return names;
}

Result<void> delete_file(const FileAccess& access, std::string_view path) {
  FilePlace place = THEATER_TRY(access.place(path, FileRight::kWrite));
  if (::unlinkat(place.folder.number(), place.name.c_str(), 0) == 0) return sync_names(place);
  if (errno == EISDIR) {
    return fail(ErrorCode::kInvalidArgument, "`{}` is a folder; delete-dir deletes those", path);
  }
  return os_failure("delete", path, errno);
}

Result<void> create_folder(const FileAccess& access, std::string_view path) {
  FilePlace place = THEATER_TRY(access.place(without_end_slashes(path), FileRight::kWrite));
  if (::mkdirat(place.folder.number(), place.name.c_str(), 0755) == 0) return sync_names(place);
  return os_failure("create the folder", path, errno);
}

Result<bool> path_exists(const FileAccess& access, std::string_view path) {
  Result<Descriptor> found = access.find(path, FileRight::kRead);
  if (found) return true;
  if (found.error().code() == ErrorCode::kNotFound) return false;
  return Failure(std::move(found).error());
}

}  // namespace theater
