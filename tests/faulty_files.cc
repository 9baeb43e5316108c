// Runs a program and makes one of its calls on the files of a folder fail, or kills it there.
//
//   faulty_files FOLDER REPORT NUMBER eio|enospc|kill PROGRAM [ARGUMENT]...
//
// It counts the calls that open, write, lock, sync, cut, make, rename, link and remove files below
// FOLDER, in the order in which the kernel gets them. The call of that NUMBER fails, once; none
// does if NUMBER is 0. A call that needs no room fails with EIO in place of ENOSPC. REPORT gets a
// line `KIND PATH` for each counted call, and ` failed` or ` killed` at the end of the chosen one.
//
// The kernel stops the program at each such call (seccomp) and asks this process, so that no call
// is missed: neither one of a library nor one that uses no library. It ends as the program does.
// Status 125 says that the kernel lets no process do this.
#include "theater/sandbox/descriptor_channel.h"

#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace {

namespace fs = std::filesystem;

constexpr int kUnable = 125;
constexpr int kNone = -1;

// Whether a call can fail for want of room on the disk.
enum class Room : uint8_t { kNotNeeded, kNeeded, kIfItMakesAFile };

// A call of the filter: which arguments say where it acts.
struct Watched {
  long number;
  const char* kind;
  int descriptor;    // The argument with an open file, or with the folder of `path`.
  int path = kNone;  // The argument with a path.
  int second_folder = kNone;
  int second_path = kNone;  // The other name of a rename or a link.
  Room room = Room::kNotNeeded;
};

constexpr Watched kWatched[] = {
    {SYS_openat, "open", 0, 1, kNone, kNone, Room::kIfItMakesAFile},
    {SYS_openat2, "open", 0, 1},
    {SYS_write, "write", 0, kNone, kNone, kNone, Room::kNeeded},
    {SYS_pwrite64, "write", 0, kNone, kNone, kNone, Room::kNeeded},
    {SYS_writev, "write", 0, kNone, kNone, kNone, Room::kNeeded},
    {SYS_pwritev, "write", 0, kNone, kNone, kNone, Room::kNeeded},
    {SYS_pwritev2, "write", 0, kNone, kNone, kNone, Room::kNeeded},
    {SYS_fallocate, "allocate", 0, kNone, kNone, kNone, Room::kNeeded},
    {SYS_fsync, "sync", 0},
    {SYS_fdatasync, "sync", 0},
    {SYS_syncfs, "sync", 0},
    {SYS_sync_file_range, "sync", 0},
    {SYS_ftruncate, "truncate", 0},
    {SYS_truncate, "truncate", kNone, 0},
    {SYS_flock, "lock", 0},
    {SYS_fcntl, "lock", 0},
    {SYS_mkdirat, "mkdir", 0, 1, kNone, kNone, Room::kNeeded},
    {SYS_renameat2, "rename", 0, 1, 2, 3, Room::kNeeded},
    {SYS_linkat, "link", 0, 1, 2, 3, Room::kNeeded},
    {SYS_symlinkat, "link", 1, 2, kNone, kNone, Room::kNeeded},
    {SYS_unlinkat, "unlink", 0, 1},
#ifdef SYS_renameat
    {SYS_renameat, "rename", 0, 1, 2, 3, Room::kNeeded},
#endif
#ifdef SYS_open  // Machines with these have the older form of each.
    {SYS_open, "open", kNone, 0, kNone, kNone, Room::kIfItMakesAFile},
    {SYS_creat, "open", kNone, 0, kNone, kNone, Room::kNeeded},
    {SYS_mkdir, "mkdir", kNone, 0, kNone, kNone, Room::kNeeded},
    {SYS_rename, "rename", kNone, 0, kNone, 1, Room::kNeeded},
    {SYS_link, "link", kNone, 0, kNone, 1, Room::kNeeded},
    {SYS_symlink, "link", kNone, 1, kNone, kNone, Room::kNeeded},
    {SYS_unlink, "unlink", kNone, 0},
    {SYS_rmdir, "unlink", kNone, 0},
#endif
};

[[noreturn]] void give_up(const char* what) {
  std::fprintf(stderr, "faulty_files: %s: %s\n", what, std::strerror(errno));
  std::_Exit(kUnable);
}

std::vector<sock_filter> make_filter() {
  constexpr uint32_t kNumber = offsetof(seccomp_data, nr);
  constexpr uint32_t kSecondArgument = offsetof(seccomp_data, args) + sizeof(uint64_t);
  std::vector<sock_filter> filter{BPF_STMT(BPF_LD | BPF_W | BPF_ABS, kNumber)};
  auto answer_if = [&](long value, uint32_t verdict) {
    filter.push_back(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, static_cast<uint32_t>(value), 0, 1));
    filter.push_back(BPF_STMT(BPF_RET | BPF_K, verdict));
  };
  for (const Watched& watched : kWatched) {
    if (watched.number != SYS_fcntl) answer_if(watched.number, SECCOMP_RET_USER_NOTIF);
  }
  // Of the many things that fcntl() does, only the locks are of interest.
  filter.push_back(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_fcntl, 1, 0));
  filter.push_back(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW));
  filter.push_back(BPF_STMT(BPF_LD | BPF_W | BPF_ABS, kSecondArgument));
  for (int command : {F_SETLK, F_SETLKW, F_OFD_SETLK, F_OFD_SETLKW})
    answer_if(command, SECCOMP_RET_USER_NOTIF);
  filter.push_back(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW));
  return filter;
}

// In the child: puts the filter on, hands its listener over and becomes the program.
[[noreturn]] void become(char** program, int channel) {
  rlimit no_core{};
  ::setrlimit(RLIMIT_CORE, &no_core);
  std::vector<sock_filter> filter = make_filter();
  sock_fprog code{static_cast<unsigned short>(filter.size()), filter.data()};
  if (::prctl(PR_SET_PDEATHSIG, SIGKILL) != 0) give_up("cannot bind the program to this process");
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) give_up("cannot give rights up");
  long listener =
      ::syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER, &code);
  if (listener < 0) std::_Exit(kUnable);  // This process may not write any more.
  int descriptor = static_cast<int>(listener);
  if (!theater::send_descriptor(channel, descriptor)) std::_Exit(kUnable);
  ::close(descriptor);
  ::execv(program[0], program);
  std::_Exit(127);
}

// The listener; closed if the child has ended without one.
theater::Descriptor receive_listener(const theater::Descriptor& channel) {
  pollfd waiting{channel.number(), POLLIN, 0};
  while (::poll(&waiting, 1, -1) < 0 && errno == EINTR)
    continue;
  return theater::receive_descriptor(channel);
}

// What a call of the stopped program names.
class Call {
 public:
  Call(const seccomp_notif& notice, const Watched& watched) : notice_(notice), watched_(watched) {}

  // The path below `folder` on which the call acts, if there is one. No disk fails an unlock.
  std::optional<std::string> below(const fs::path& folder) const {
    if (is_unlock()) return std::nullopt;
    for (auto [base, path] : {std::pair(watched_.descriptor, watched_.path),
                              std::pair(watched_.second_folder, watched_.second_path)}) {
      if (base == kNone && path == kNone) continue;
      std::string found =
          path == kNone ? link("fd/" + std::to_string(number(base))) : name(base, path);
      if (found == folder.native() || found.starts_with(folder.native() + "/")) return found;
    }
    return std::nullopt;
  }

  bool needs_room() const {
    if (watched_.room != Room::kIfItMakesAFile) return watched_.room == Room::kNeeded;
    return (number(watched_.path + 1) & O_CREAT) != 0;
  }

 private:
  uint64_t argument(int index) const { return notice_.data.args[index]; }
  int number(int index) const { return static_cast<int>(argument(index)); }

  bool is_unlock() const {
    if (watched_.number != SYS_fcntl) return false;
    struct flock lock{};
    iovec here{&lock, sizeof lock};
    iovec there{reinterpret_cast<void*>(argument(2)), sizeof lock};
    auto pid = static_cast<pid_t>(notice_.pid);
    return ::process_vm_readv(pid, &here, 1, &there, 1, 0) > 0 && lock.l_type == F_UNLCK;
  }

  std::string link(const std::string& of) const {
    std::error_code unknown;
    return fs::read_symlink("/proc/" + std::to_string(notice_.pid) + "/" + of, unknown).native();
  }

  // A path as the program gave it, made absolute; its last part may be a link, which stays one.
  std::string name(int base, int path) const {
    std::array<char, PATH_MAX> text{};
    // A page at a time, since the next may be missing.
    for (size_t done = 0; done < text.size();) {
      uint64_t address = argument(path) + done;
      size_t size = std::min<size_t>(4096 - address % 4096, text.size() - done);
      iovec here{text.data() + done, size};
      iovec there{reinterpret_cast<void*>(address), size};
      if (::process_vm_readv(static_cast<pid_t>(notice_.pid), &here, 1, &there, 1, 0) <= 0) break;
      if (std::memchr(text.data() + done, 0, size) != nullptr) break;
      done += size;
    }
    text.back() = 0;
    fs::path given = text.data();
    if (given.is_relative()) {
      bool here = base == kNone || number(base) == AT_FDCWD;
      given = fs::path(link(here ? "cwd" : "fd/" + std::to_string(number(base)))) / given;
    }
    std::error_code unknown;
    fs::path whole = given.lexically_normal();
    if (!whole.has_filename()) whole = whole.parent_path();
    fs::path parent = fs::weakly_canonical(whole.parent_path(), unknown);
    return (parent / whole.filename()).native();
  }

  const seccomp_notif& notice_;
  const Watched& watched_;
};

struct Plan {
  fs::path folder;
  std::FILE* report;
  unsigned long chosen;
  std::string_view how;
};

class Supervisor {
 public:
  Supervisor(const Plan& plan, int listener, pid_t child)
      : plan_(plan), listener_(listener), child_(child) {}

  // Answers until the program has ended.
  void run() {
    auto ended = static_cast<int>(::syscall(SYS_pidfd_open, child_, 0));
    if (ended < 0) give_up("cannot wait for the program");
    for (;;) {
      std::array<pollfd, 2> waiting{{{listener_, POLLIN, 0}, {ended, POLLIN, 0}}};
      if (::poll(waiting.data(), waiting.size(), -1) < 0 && errno != EINTR) {
        give_up("cannot wait for a call");
      }
      if (waiting[0].revents == POLLIN) answer_one();
      if (waiting[1].revents != 0) return;
    }
  }

 private:
  void answer_one() {
    seccomp_notif notice{};
    // The caller may have been killed, or gone to a signal; then it calls once more.
    if (::ioctl(listener_, SECCOMP_IOCTL_NOTIF_RECV, &notice) != 0) return;
    auto watched = std::ranges::find(kWatched, static_cast<long>(notice.data.nr), &Watched::number);
    if (watched == std::end(kWatched)) give_up("a call that is not in the table");
    Call call(notice, *watched);
    std::optional<std::string> path = call.below(plan_.folder);
    seccomp_notif_resp response{};
    response.id = notice.id;
    response.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
    bool chosen = path && ++count_ == plan_.chosen;
    if (path) {
      std::fprintf(plan_.report, "%s %s%s\n", watched->kind, path->c_str(),
                   !chosen               ? ""
                   : plan_.how == "kill" ? " killed"
                                         : " failed");
    }
    if (chosen && plan_.how == "kill") {
      ::kill(child_, SIGKILL);
      return;
    }
    if (chosen) {
      response.flags = 0;
      response.error = plan_.how == "enospc" && call.needs_room() ? -ENOSPC : -EIO;
    }
    if (::ioctl(listener_, SECCOMP_IOCTL_NOTIF_SEND, &response) != 0 && path) --count_;
  }

  const Plan& plan_;
  int listener_;
  pid_t child_;
  unsigned long count_ = 0;
};

}  // namespace

int main(int count, char** words) {
  if (count < 6) {
    std::fprintf(stderr, "usage: faulty_files FOLDER REPORT NUMBER eio|enospc|kill PROGRAM...\n");
    return 2;
  }
  Plan plan{fs::weakly_canonical(words[1]), std::fopen(words[2], "we"),
            std::strtoul(words[3], nullptr, 10), words[4]};
  if (plan.report == nullptr) give_up("cannot write the report");
  std::setvbuf(plan.report, nullptr, _IOLBF, BUFSIZ);  // Whole lines, even if this is killed.
  auto channel = theater::make_descriptor_channel();
  if (!channel) give_up("no channel");
  pid_t child = ::fork();
  if (child < 0) give_up("cannot start a process");
  if (child == 0) become(words + 5, channel->there.number());
  channel->there = {};
  if (theater::Descriptor listener = receive_listener(channel->here); listener.open())
    Supervisor(plan, listener.number(), child).run();
  std::fclose(plan.report);
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR)
    continue;
  if (WIFSIGNALED(status)) {
    rlimit no_core{};
    ::setrlimit(RLIMIT_CORE, &no_core);
    ::signal(WTERMSIG(status), SIG_DFL);
    ::raise(WTERMSIG(status));
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : kUnable;
}
