#include "theater/sandbox/path_requests.h"

#include "theater/base/beneath_root.h"
#include "theater/base/check.h"
#include "theater/sandbox/system_calls.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <linux/seccomp.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <optional>

namespace theater {

namespace {

constexpr size_t kPageSize = 4096;  // The least that any kernel has.

// While it lives, this thread has the rights of the command's user to files, if it is root's. The
// library's setfsuid() would do as well, but hides whether it has worked.
class FileUser {
 public:
  explicit FileUser(const PathRights& rights) : before_(identity()), changes_(::geteuid() == 0) {
    if (changes_) set(rights.owner, rights.group);
    is_taken_ = !changes_ || identity() == Identity{rights.owner, rights.group};
  }
  ~FileUser() {
    if (changes_) set(before_.user, before_.group);
    THEATER_CHECK(identity() == before_, "a thread cannot take its user again");
  }
  FileUser(const FileUser&) = delete;
  FileUser& operator=(const FileUser&) = delete;

  bool is_taken() const { return is_taken_; }

 private:
  struct Identity {
    uid_t user;
    gid_t group;
    bool operator==(const Identity&) const = default;
  };

  // An id that no user has changes nothing; both calls return the id before.
  static Identity identity() {
    return {static_cast<uid_t>(::syscall(SYS_setfsuid, -1)),
            static_cast<gid_t>(::syscall(SYS_setfsgid, -1))};
  }
  // The group first: only root may take another.
  static void set(uid_t user, gid_t group) {
    ::syscall(SYS_setfsgid, group);
    ::syscall(SYS_setfsuid, user);
  }

  Identity before_;
  bool changes_;
  bool is_taken_ = false;
};

// A call of another process, with what it names.
class Request {
 public:
  Request(const Descriptor& listener, const seccomp_notif& notice)
      : listener_(listener), notice_(notice) {}

  // Zero, or the error that the command gets.
  int answer(const PathRights& rights) const {
    const auto& arguments = notice_.data.args;
    switch (static_cast<uint32_t>(notice_.data.nr)) {
#if defined(__x86_64__)
      case SYS_chmod:
        return change_mode(rights, AT_FDCWD, arguments[0], arguments[1], 0);
#endif
      case SYS_fchmodat:
        return change_mode(rights, folder_of(arguments[0]), arguments[1], arguments[2], 0);
      case kFchmodat2:
        return change_mode(rights, folder_of(arguments[0]), arguments[1], arguments[2],
                           static_cast<int>(arguments[3]));
      case SYS_utimensat:
        return change_times(rights, folder_of(arguments[0]), arguments[1], arguments[2],
                            static_cast<int>(arguments[3]));
      default:
        return EPERM;
    }
  }

 private:
  static int folder_of(uint64_t argument) { return static_cast<int>(argument); }

  int change_mode(const PathRights& rights, int folder, uint64_t path, uint64_t mode,
                  int flags) const {
    if ((mode & (S_ISUID | S_ISGID)) != 0 || flags != 0) return EPERM;
    Descriptor file;
    if (int error = open(rights, folder, path, 0, file)) return error;
    return ::chmod(file.link().c_str(), static_cast<mode_t>(mode & 07777)) == 0 ? 0 : errno;
  }

  int change_times(const PathRights& rights, int folder, uint64_t path, uint64_t times,
                   int flags) const {
    if ((flags & ~AT_SYMLINK_NOFOLLOW) != 0) return EPERM;
    std::array<timespec, 2> wanted{};
    if (times != 0 && read(times, wanted.data(), sizeof wanted) != sizeof wanted) return EFAULT;
    Descriptor file;
    if (int error = open(rights, folder, path, flags, file)) return error;
    const timespec* given = times == 0 ? nullptr : wanted.data();
    return ::syscall(SYS_utimensat, file.number(), "", given, AT_EMPTY_PATH) == 0 ? 0 : errno;
  }

  // Opens what the path names as a name only, and returns why the command may not change it.
  int open(const PathRights& rights, int folder, uint64_t path, int flags, Descriptor& file) const {
    if (!rights.folder.open()) return EPERM;
    std::optional<std::string> text = read_text(path);
    if (!text) return EFAULT;
    if (text->empty()) return ENOENT;
    std::string base = "/";
    if (text->front() != '/') {
      base = "/proc/" + std::to_string(notice_.pid) +
             (folder == AT_FDCWD ? std::string("/cwd") : "/fd/" + std::to_string(folder));
    }
    Descriptor from(::open(base.c_str(), O_PATH | O_CLOEXEC));
    if (!from.open()) return errno == ENOENT ? EBADF : EPERM;
    // The number may have become another process's before the look at its folder.
    if (::ioctl(listener_.number(), SECCOMP_IOCTL_NOTIF_ID_VALID, &notice_.id) != 0) return EPERM;
    open_how how{};
    how.flags = O_PATH | O_CLOEXEC | ((flags & AT_SYMLINK_NOFOLLOW) != 0 ? O_NOFOLLOW : 0);
    how.resolve = RESOLVE_NO_MAGICLINKS;
    file = Descriptor(
        static_cast<int>(::syscall(SYS_openat2, from.number(), text->c_str(), &how, sizeof how)));
    if (!file.open()) return errno;
    Result<std::string> where = BeneathRoot::where(file);
    // The folder may have been moved since.
    Result<std::string> folder_now = BeneathRoot::where(rights.folder);
    if (!where || !folder_now || !holds_path(*folder_now, *where)) return EPERM;
    struct stat status{};
    if (::fstat(file.number(), &status) != 0) return errno;
    return status.st_uid == rights.owner ? 0 : EPERM;
  }

  // Reads up to a NUL; page by page, since the next may be missing.
  std::optional<std::string> read_text(uint64_t address) const {
    std::string text;
    std::array<char, kPageSize> part;
    while (text.size() < PATH_MAX) {
      size_t size = kPageSize - address % kPageSize;
      size_t got = read(address, part.data(), size);
      const char* end = std::find(part.data(), part.data() + got, '\0');
      text.append(part.data(), static_cast<size_t>(end - part.data()));
      if (end != part.data() + got) return text;
      if (got != size) return std::nullopt;
      address += size;
    }
    return std::nullopt;
  }

  size_t read(uint64_t address, void* to, size_t size) const {
    iovec local{to, size};
    iovec remote{reinterpret_cast<void*>(address), size};
    ssize_t got = ::process_vm_readv(static_cast<pid_t>(notice_.pid), &local, 1, &remote, 1, 0);
    return got < 0 ? 0 : static_cast<size_t>(got);
  }

  const Descriptor& listener_;
  const seccomp_notif& notice_;
};

}  // namespace

void answer_path_request(const Descriptor& listener, const PathRights& rights) {
  seccomp_notif notice{};
  if (::ioctl(listener.number(), SECCOMP_IOCTL_NOTIF_RECV, &notice) != 0) return;
  seccomp_notif_resp answer{};
  answer.id = notice.id;
  {
    FileUser user(rights);
    answer.error = user.is_taken() ? -Request(listener, notice).answer(rights) : -EPERM;
  }
  // It fails if the process has died meanwhile.
  (void)::ioctl(listener.number(), SECCOMP_IOCTL_NOTIF_SEND, &answer);
}

}  // namespace theater
