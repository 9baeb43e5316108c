#include "theater/sandbox/command_process.h"

#include "theater/base/check.h"
#include "theater/base/file_handle.h"
#include "theater/sandbox/borrowed_memory.h"
#include "theater/sandbox/command_pipes.h"
#include "theater/sandbox/command_privileges.h"
#include "theater/sandbox/descriptor_channel.h"
#include "theater/sandbox/namespace_process.h"

#include <linux/close_range.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>

namespace theater {

namespace {

constexpr std::string_view kFolders =
    "/usr/local/bin:/usr/bin:/bin:/nix/var/nix/profiles/default/bin";
// Everything that the new process needs. It shares the memory of this one until it executes the
// program, so it may allocate nothing.
struct Plan {
  const char* program = nullptr;
  char* const* words = nullptr;
  char* const* variables = nullptr;
  int folder = -1;
  std::array<int, 3> standard = {-1, -1, -1};  // All above 2.
  uint64_t file_size_max = 0;
  const SystemUser* user = nullptr;  // None: the user stays.
  pid_t parent = 0;
  int channel = -1;
  const CommandSandbox* wall = nullptr;
  const char* failed = nullptr;
  int error = 0;
};

// From here to the exec, system calls only.
const char* become_program(const Plan& plan) {
  if (::setsid() < 0) return "begin a session";
  if (!connect_standard(plan.standard)) return "connect its output";
  if (!limit_resources(plan.file_size_max)) return "limit it";
  ::umask(022);
  if (::close_range(3, ~0u, CLOSE_RANGE_CLOEXEC) != 0) return "close what is not its own";
  empty_bounding_set();
  if (plan.user != nullptr && !become_user(*plan.user)) return "become its user";
  if (!drop_capabilities()) return "drop the node's capabilities";
  // A change of the user unbinds it, and the node may have died before.
  if (::prctl(PR_SET_PDEATHSIG, SIGKILL) != 0) return "be bound to the node";
  if (::getppid() != plan.parent) ::_exit(127);
  if (::fchdir(plan.folder) != 0) return "enter its folder";
  if (!plan.wall->raise(plan.channel)) return "wall it in";
  if (!take_default_signals()) return "reset its signals";
  ::execve(plan.program, plan.words, plan.variables);
  return "execute it";
}

// Runs on a stack of its own while the starting thread waits, so no sanitizer may track its frames.
__attribute__((no_sanitize("address", "thread"))) int run_child(void* argument) {
  Plan& plan = *static_cast<Plan*>(argument);
  plan.failed = become_program(plan);
  plan.error = errno;
  ::_exit(127);
}

std::vector<char*> pointers_to(const std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (const std::string& text : texts)
    pointers.push_back(const_cast<char*>(text.c_str()));
  pointers.push_back(nullptr);
  return pointers;
}

Result<void> check_user(const CommandStart& start) {
  uid_t id = start.user ? start.user->id : ::geteuid();
  if (id != 0) return {};
  return fail(ErrorCode::kPermissionDenied, "{} is not run as root, and no other user is named",
              start.program);
}

}  // namespace

std::string_view program_folders() {
  return kFolders;
}

std::optional<std::string> command_fault(const std::vector<std::string>& words) {
  size_t size = 0;
  for (const std::string& word : words) {
    size += word.size();
    if (word.find('\0') != std::string::npos) return "a word of the command has a NUL in it";
  }
  if (words.size() > kCommandWordsMax || size > kCommandWordsSizeMax) {
    return fmt::format("the command has {} words with {} bytes; at most {} with {} are run",
                       words.size(), size, kCommandWordsMax, kCommandWordsSizeMax);
  }
  return std::nullopt;
}

std::vector<std::string> command_variables(const std::string& folder) {
  return {"PATH=" + std::string(kFolders), "HOME=" + folder, "TMPDIR=" + folder, "LANG=C.UTF-8"};
}

Result<std::string> find_program(std::string_view name) {
  if (name.empty() || name.find('\0') != std::string_view::npos) {
    return fail(ErrorCode::kInvalidArgument, "a program's name is empty, or has a NUL in it");
  }
  if (name.front() == '/') return std::string(name);
  if (name.find('/') != std::string_view::npos) {
    return fail(ErrorCode::kInvalidArgument,
                "`{}`: a program is a name, which is looked for in {}, or an absolute path", name,
                kFolders);
  }
  for (size_t at = 0; at < kFolders.size();) {
    size_t end = std::min(kFolders.find(':', at), kFolders.size());
    std::string path = fmt::format("{}/{}", kFolders.substr(at, end - at), name);
    if (::access(path.c_str(), X_OK) == 0) return path;
    at = end + 1;
  }
  return fail(ErrorCode::kNotFound, "there is no program `{}` on this machine: not in {}", name,
              kFolders);
}

namespace {

Result<CommandProcess> start_behind_filter(const CommandStart& start, const CommandSandbox& wall,
                                           ProgramGroup group) {
  PathRights rights{.owner = start.user ? start.user->id : ::geteuid(),
                    .group = start.user ? start.user->group : ::getegid()};
  if (wall.changed_folder().open()) rights.folder = THEATER_TRY(duplicate(wall.changed_folder()));
  DescriptorChannel channel = THEATER_TRY(make_descriptor_channel());
  CommandPipes pipes = THEATER_TRY(make_pipes(start.takes_input));
  std::vector<char*> words = pointers_to(start.words);
  std::vector<char*> variables = pointers_to(start.variables);
  Plan plan;
  // By this path a process reaches its own open file even where it may read no other of /proc.
  std::string image = fmt::format("/proc/self/fd/{}", start.image.number());
  plan.program = start.image.open() ? image.c_str() : start.program.c_str();
  plan.words = words.data();
  plan.variables = variables.data();
  plan.folder = start.folder.number();
  plan.standard = pipes.standard();
  plan.file_size_max = start.file_size_max;
  plan.user = start.user ? &*start.user : nullptr;
  plan.parent = ::getpid();
  plan.wall = &wall;
  plan.channel = channel.there.number();
  BorrowingChild child = start_borrowing(run_child, &plan, 0, group.folder());
  if (child.id < 0) return os_failure("make a process for", start.program, child.error);
  CommandProcess started;
  started.group = std::move(group);
  started.id = child.id;
  started.process = std::move(child.process);
  started.out = std::move(pipes.out.read);
  started.err = std::move(pipes.err.read);
  started.in = std::move(pipes.in.write);
  started.requests = receive_descriptor(channel.here);
  started.path_rights = std::move(rights);
  if (plan.failed == nullptr) return started;
  (void)collect_exit_code(started);
  return fail(ErrorCode::kIo, "cannot run {}: cannot {}: {}", start.program, plan.failed,
              std::strerror(plan.error));
}

}  // namespace

Result<CommandProcess> start_process(const CommandStart& start, const CommandSandbox& wall) {
  THEATER_TRY_VOID(check_user(start));
  THEATER_CHECK(!(start.image.open() && wall.in_namespaces()), "an image for {}", start.program);
  ProgramGroup group;
  if (wall.in_group()) {
    const auto& groups = ProgramGroups::of_this_process();
    if (!groups) return Failure(groups.error());
    group = THEATER_TRY((*groups)->make());
  }
  return wall.in_namespaces() ? start_in_namespaces(start, wall, std::move(group))
                              : start_behind_filter(start, wall, std::move(group));
}

void signal_group(const CommandProcess& process, int signal) {
  // The first process of a sandbox passes SIGTERM on to all, and SIGKILL ends all with it.
  if (process.program.open()) {
    ::syscall(SYS_pidfd_send_signal, process.process.number(), signal, nullptr, 0);
  } else {
    ::kill(-process.id, signal);
  }
}

void kill_group(const CommandProcess& process) {
  signal_group(process, SIGKILL);
  process.group.kill();
}

int32_t collect_exit_code(const CommandProcess& process) {
  siginfo_t info{};
  while (::waitid(P_PIDFD, static_cast<id_t>(process.process.number()), &info, WEXITED) != 0) {
    if (errno != EINTR) return -1;
  }
  return info.si_code == CLD_EXITED ? info.si_status : 128 + info.si_status;
}

}  // namespace theater
