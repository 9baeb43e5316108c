#include "theater/base/beneath_root.h"

#include "theater/base/file_handle.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

namespace theater {

namespace {

// A rename or a mount anywhere can disturb the resolving of `..`, which the kernel then wants to be
// asked again. Each time is another coincidence.
constexpr int kTriesMax = 1000;

int open_beneath(int folder, const char* path, unsigned flags) {
  open_how how{};
  how.flags = flags | O_CLOEXEC;
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS;
  for (int tries = 0;; ++tries) {
    long opened = ::syscall(SYS_openat2, folder, path, &how, sizeof how);
    bool again = opened < 0 && (errno == EINTR || (errno == EAGAIN && tries < kTriesMax));
    if (!again) return static_cast<int>(opened);
  }
}

Failure resolve_failure(std::string_view path, int error) {
  switch (error) {
    case EXDEV:
      return fail(ErrorCode::kPermissionDenied,
                  "`{}` leads out of the folder that the actor was given", path);
    case ENOTDIR:
      return fail(ErrorCode::kNotFound, "cannot open `{}`: a part of it is not a folder", path);
    case ELOOP:
      return fail(ErrorCode::kNotFound,
                  "cannot open `{}`: too many symbolic links, or one that is not followed", path);
    case EAGAIN:
      return fail(ErrorCode::kUnavailable,
                  "cannot open `{}`: what is above it was moved all the time; try again", path);
    default:
      return os_failure("open", path, error);
  }
}

}  // namespace

bool holds_path(std::string_view folder, std::string_view path) {
  if (folder == "/" || folder == path) return true;
  return path.size() > folder.size() && path.starts_with(folder) && path[folder.size()] == '/';
}

Result<BeneathRoot> BeneathRoot::open(const std::filesystem::path& folder) {
  Descriptor opened(::open(folder.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!opened.open() && errno == ENOTDIR) {
    return fail(ErrorCode::kInvalidArgument, "{} is not a folder", folder.string());
  }
  if (!opened.open()) return os_failure("open the folder", folder, errno);
  Descriptor probe(open_beneath(opened.number(), ".", O_PATH | O_DIRECTORY));
  if (!probe.open() && (errno == ENOSYS || errno == EPERM)) {
    return Failure(Error(ErrorCode::kUnsupported,
                         fmt::format("{} cannot be opened safely: the kernel has no openat2, or a "
                                     "sandbox around this process forbids it",
                                     folder.string()))
                       .with_hint("Linux 5.6 or newer has it"));
  }
  if (!probe.open()) return os_failure("open the folder", folder, errno);
  return BeneathRoot(std::move(opened));
}

Result<std::string> BeneathRoot::where(const Descriptor& opened) {
  std::string text(kPathSizeMax + 1, '\0');
  ssize_t size = ::readlink(opened.link().c_str(), text.data(), text.size());
  if (size < 0) return os_failure("read", opened.link(), errno);
  text.resize(static_cast<size_t>(size));
  // Cut off, or lying in a place that this process cannot name.
  if (text.size() > kPathSizeMax || !text.starts_with('/')) {
    return fail(ErrorCode::kIo, "cannot find where an opened file is: it has no path here");
  }
  return text;
}

Result<void> BeneathRoot::check_path(std::string_view path) {
  if (path.empty()) {
    return fail(ErrorCode::kInvalidArgument, "the path is empty; `.` is the folder itself");
  }
  if (path.size() > kPathSizeMax) {
    return fail(ErrorCode::kInvalidArgument, "the path has {} bytes; at most {} are possible",
                path.size(), kPathSizeMax);
  }
  if (path.find('\0') != std::string_view::npos) {
    return fail(ErrorCode::kInvalidArgument, "the path has a NUL in it");
  }
  if (path.front() == '/') {
    return fail(ErrorCode::kPermissionDenied,
                "`{}` is absolute; paths are relative to the folder that the actor was given",
                path);
  }
  for (size_t at = 0; at < path.size();) {
    size_t end = std::min(path.find('/', at), path.size());
    if (end - at > kNameSizeMax) {
      return fail(ErrorCode::kInvalidArgument,
                  "a name in the path has {} bytes; at most {} are possible", end - at,
                  kNameSizeMax);
    }
    at = end + 1;
  }
  return {};
}

Result<LastName> BeneathRoot::split(std::string_view path) {
  THEATER_TRY_VOID(check_path(path));
  size_t slash = path.rfind('/');
  LastName last;
  last.folder = slash == std::string_view::npos ? "." : std::string(path.substr(0, slash));
  last.name = path.substr(slash == std::string_view::npos ? 0 : slash + 1);
  if (last.name.empty() || last.name == "." || last.name == "..") {
    return fail(ErrorCode::kInvalidArgument, "`{}` does not end in a name", path);
  }
  return last;
}

Result<Descriptor> BeneathRoot::resolve(std::string_view path, unsigned flags) const {
  THEATER_TRY_VOID(check_path(path));
  Descriptor opened(open_beneath(folder_.number(), std::string(path).c_str(), flags));
  if (!opened.open()) return resolve_failure(path, errno);
  return opened;
}

Result<Descriptor> BeneathRoot::name(std::string_view path) const {
  return resolve(path, O_PATH);
}

Result<Descriptor> BeneathRoot::name_folder(std::string_view path) const {
  return resolve(path, O_PATH | O_DIRECTORY);
}

Result<Descriptor> reopen(const Descriptor& named, int flags, std::string_view path) {
  Descriptor opened(::open(named.link().c_str(), flags | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
  if (!opened.open()) return os_failure("open", path, errno);
  return opened;
}

}  // namespace theater
