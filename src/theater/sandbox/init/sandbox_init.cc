// The first process of a sandbox: a program of its own, which the node carries inside and starts in
// new namespaces.
//
//   sandbox-init CHANNEL PLAN      numbers of open files (init_plan.h)
//
// It carries out the plan, starts the granted program, and stays: it collects what the program left
// behind, passes SIGTERM on to all processes of the sandbox, and ends with the code of the program.
// The kernel then kills all that is left. It also kills this process, and so all of them, when the
// node's thread that started it ends.
//
// The program is small and static, so that it starts in a fraction of a millisecond, and it shares
// no memory with the node. It reads nothing that a guest made but paths and words, and those only
// to pass them on.
#include "theater/sandbox/command_privileges.h"
#include "theater/sandbox/init/init_report.h"
#include "theater/sandbox/init/init_root.h"
#include "theater/sandbox/init/init_world.h"

#include <fcntl.h>
#include <linux/filter.h>
#include <linux/landlock.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>

namespace theater::init {

namespace {

struct Program {
  const char* path = nullptr;
  char** words = nullptr;
  char** variables = nullptr;
  size_t word_count = 0;
  size_t variable_count = 0;
  const char* folder = "/";
  uint64_t folder_device = 0;
  uint64_t folder_inode = 0;
  sock_fprog filter = {};
  int rules = -1;
};

const char* text_after(const char* text) {
  return text + std::strlen(text) + 1;
}

// The array has room for every step of the plan, so for every word, and a null behind them.
void append(char**& array, size_t& count, size_t steps_max, const char* text) {
  if (array == nullptr) array = static_cast<char**>(std::calloc(steps_max + 1, sizeof(char*)));
  array[count++] = const_cast<char*>(text);
}

void allow(const Channel& channel, int rules, uint64_t rights, const char* path) {
  landlock_path_beneath_attr rule{};
  rule.allowed_access = rights;
  rule.parent_fd = ::open(path, O_PATH | O_CLOEXEC);
  channel.check(rule.parent_fd >= 0, "open", path);
  channel.check(::syscall(SYS_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) == 0,
                "add a rule for", path);
  ::close(rule.parent_fd);
}

void become(const Channel& channel, const uint64_t* numbers) {
  empty_bounding_set();
  SystemUser user;
  user.id = static_cast<uid_t>(numbers[0]);
  user.group = static_cast<gid_t>(numbers[1]);
  channel.check(numbers[0] == kSameUser || become_user(user), "become its user");
  channel.check(drop_capabilities(), "drop the node's capabilities");
  // A program of the same user must not look into this process.
  channel.check(
      ::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0 && ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0,
      "give its privileges up");
}

void carry_out(const Channel& channel, const InitStepHead& head, const char* text, size_t steps_max,
               Program& program) {
  Root root(channel);
  const uint64_t* numbers = head.numbers;
  switch (head.step) {
    case InitStep::kMapUser:
      return map_user(channel, static_cast<uid_t>(numbers[0]), static_cast<gid_t>(numbers[1]));
    case InitStep::kRelay:
      return make_relay(channel, static_cast<uint16_t>(numbers[0]));
    case InitStep::kOpenRoot:
      return root.open();
    case InitStep::kFolder:
      return root.make_folder(text);
    case InitStep::kLink:
      return root.make_link(text, text_after(text));
    case InitStep::kBind:
      return root.bind(numbers[0], numbers[1], numbers[2], text, text_after(text));
    case InitStep::kTemporary:
      return root.mount_temporary(text, text_after(text));
    case InitStep::kProc:
      return root.mount_processes(text);
    case InitStep::kEnterRoot:
      return root.enter();
    case InitStep::kAllow:
      return allow(channel, program.rules, numbers[0], text);
    case InitStep::kBecome:
      return become(channel, numbers);
    case InitStep::kLimit:
      return channel.check(limit_resources(numbers[0]), "limit it");
    case InitStep::kWorkFolder:
      program.folder = text;
      program.folder_device = numbers[0];
      program.folder_inode = numbers[1];
      return;
    case InitStep::kRules:
      program.rules = static_cast<int>(numbers[0]);
      return channel.check(::fcntl(program.rules, F_SETFD, FD_CLOEXEC) == 0, "keep its rules");
    case InitStep::kFilter:
      program.filter.len = static_cast<unsigned short>(head.size / sizeof(sock_filter));
      program.filter.filter = reinterpret_cast<sock_filter*>(const_cast<char*>(text));
      return;
    case InitStep::kProgram:
      program.path = text;
      return;
    case InitStep::kWord:
      return append(program.words, program.word_count, steps_max, text);
    case InitStep::kVariable:
      return append(program.variables, program.variable_count, steps_max, text);
  }
  errno = EINVAL;
  channel.fail("read its plan");
}

Program carry_out_all(const Channel& channel, int plan) {
  struct stat status{};
  channel.check(::fstat(plan, &status) == 0, "read its plan");
  auto size = static_cast<size_t>(status.st_size);
  void* mapped = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, plan, 0);
  channel.check(mapped != MAP_FAILED, "read its plan");
  ::close(plan);
  Program program;
  const char* at = static_cast<const char*>(mapped);
  const char* end = at + size;
  while (at != end) {
    const auto& head = *reinterpret_cast<const InitStepHead*>(at);
    const char* text = at + sizeof head;
    carry_out(channel, head, text, size / sizeof head, program);
    at = text + (head.size + 7u) / 8u * 8u;
  }
  return program;
}

// The program's own process, until it is the program.
[[noreturn]] void execute(const Channel& channel, const Program& program) {
  channel.check(::setsid() >= 0, "begin a session");
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  channel.check(::chdir(program.folder) == 0, "enter its folder");
  struct stat status{};
  channel.check(::stat(".", &status) == 0, "enter its folder");
  if (program.folder_inode != 0 &&
      (status.st_dev != program.folder_device || status.st_ino != program.folder_inode)) {
    errno = ESTALE;
    channel.fail("enter its folder");
  }
  channel.check(program.rules < 0 || ::syscall(SYS_landlock_restrict_self, program.rules, 0) == 0,
                "wall it in");
  channel.check(::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program.filter, 0, 0) == 0,
                "wall it in");
  char* nothing = nullptr;
  ::execve(program.path, program.words,
           program.variables == nullptr ? &nothing : program.variables);
  channel.fail("execute it");
}

int code_of(int status) {
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

// Collects until the program itself is collected.
[[noreturn]] void watch(pid_t program, const sigset_t& watched) {
  for (;;) {
    int signal = ::sigwaitinfo(&watched, nullptr);
    if (signal == SIGTERM) ::kill(-1, SIGTERM);
    int status = 0;
    for (pid_t ended; (ended = ::waitpid(-1, &status, WNOHANG)) > 0;) {
      if (ended == program) ::_exit(code_of(status));
    }
  }
}

int run(int channel_number, int plan) {
  Channel channel(channel_number);
  ::fcntl(channel_number, F_SETFD, FD_CLOEXEC);
  auto bind_to_node = [&] {
    channel.check(::prctl(PR_SET_PDEATHSIG, SIGKILL) == 0, "be bound to the node");
    channel.check_node();
  };
  bind_to_node();
  Program program = carry_out_all(channel, plan);
  bind_to_node();  // A change of the user unbinds it.
  sigset_t watched;
  ::sigemptyset(&watched);
  ::sigaddset(&watched, SIGCHLD);
  ::sigaddset(&watched, SIGTERM);
  ::sigprocmask(SIG_SETMASK, &watched, nullptr);
  int process = -1;
  long id = ::syscall(SYS_clone, CLONE_PIDFD | SIGCHLD, nullptr, &process, nullptr, 0);
  channel.check(id >= 0, "make a process");
  if (id == 0) execute(channel, program);
  channel.send(InitMessage::Kind::kProgram, process);
  ::close_range(0, ~0u, 0);
  watch(static_cast<pid_t>(id), watched);
}

}  // namespace

}  // namespace theater::init

int main(int count, char** words) {
  if (count != 3) return 2;
  return theater::init::run(std::atoi(words[1]), std::atoi(words[2]));
}
