#include "theater/sandbox/system_calls.h"

#include "theater/base/check.h"

#include <asm/ioctls.h>

#include <fcntl.h>
#include <linux/audit.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstddef>
#include <initializer_list>

namespace theater {

namespace {

#if defined(__x86_64__)
constexpr uint32_t kArchitecture = AUDIT_ARCH_X86_64;
#elif defined(__aarch64__)
constexpr uint32_t kArchitecture = AUDIT_ARCH_AARCH64;
#else
#error "the filter of system calls does not know this machine"
#endif

// Calls that the headers of the oldest supported build machine lack. Their numbers are the same on
// all machines.
constexpr uint32_t kCachestat = 451;
constexpr uint32_t kFutexWake = 454;
constexpr uint32_t kFutexWait = 455;
constexpr uint32_t kFutexRequeue = 456;
constexpr uint32_t kMseal = 462;
constexpr uint32_t kSetxattrat = 463;
constexpr uint32_t kRemovexattrat = 466;
constexpr uint32_t kFileSetattr = 469;

constexpr uint32_t kSocketTypeMask = 0xf;
constexpr uint32_t kWhole = 0xffffffff;

CallTest equal(uint8_t argument, uint32_t value, uint32_t mask = kWhole) {
  return {argument, mask, value};
}
CallTest unequal(uint8_t argument, uint32_t value, uint32_t mask = kWhole) {
  return {argument, mask, value, CallTest::Expect::kUnequal};
}
CallTest high_is_zero(uint8_t argument) {
  return {argument, kWhole, 0, CallTest::Expect::kEqual, CallTest::Half::kHigh};
}

CallCondition no_such_bits(uint8_t argument, uint32_t bits) {
  return {{equal(argument, 0, bits)}};
}
CallCondition is_null(uint8_t argument) {
  return {{equal(argument, 0)}, {high_is_zero(argument)}};
}

// A program that runs as its file's owner or group must not come out of a sandbox.
constexpr uint32_t kSetIdBits = S_ISUID | S_ISGID;

// The mode counts only if the call may make a file. Access mode 3 opens a file neither for reading
// nor for writing; Landlock lets it pass, and fchmod() works with such a descriptor.
CallCondition opening(uint8_t flags, uint8_t mode) {
  constexpr uint32_t kMakesFile = O_CREAT | (O_TMPFILE & ~O_DIRECTORY);
  return {{unequal(flags, O_ACCMODE, O_ACCMODE)},
          {equal(flags, 0, kMakesFile), equal(mode, 0, kSetIdBits)}};
}

class Table {
 public:
  void allow(std::initializer_list<uint32_t> numbers) { add(numbers, CallVerdict::kAllowed); }
  void refuse(std::initializer_list<uint32_t> numbers) { add(numbers, CallVerdict::kRefused); }
  void pass(std::initializer_list<uint32_t> numbers) { add(numbers, CallVerdict::kPassed); }
  void allow_if(uint32_t number, CallCondition condition,
                CallVerdict otherwise = CallVerdict::kRefused) {
    rules_.push_back({number, CallVerdict::kAllowed, std::move(condition), otherwise});
  }
  std::vector<CallRule> sorted() && {
    std::ranges::sort(rules_, {}, &CallRule::number);
    auto twice = std::ranges::adjacent_find(rules_, {}, &CallRule::number);
    THEATER_CHECK(twice == rules_.end(), "system call {} has two rules", twice->number);
    return std::move(rules_);
  }

 private:
  void add(std::initializer_list<uint32_t> numbers, CallVerdict verdict) {
    for (uint32_t number : numbers)
      rules_.push_back({number, verdict});
  }

  std::vector<CallRule> rules_;
};

void add_files(Table& table, const CallWorld& world) {
  // What is open.
  table.allow({SYS_read,
               SYS_write,
               SYS_readv,
               SYS_writev,
               SYS_pread64,
               SYS_pwrite64,
               SYS_preadv,
               SYS_pwritev,
               SYS_preadv2,
               SYS_pwritev2,
               SYS_lseek,
               SYS_sendfile,
               SYS_copy_file_range,
               SYS_splice,
               SYS_tee,
               SYS_close,
               SYS_close_range,
               SYS_dup,
               SYS_dup3,
               SYS_fcntl,
               SYS_flock,
               SYS_fsync,
               SYS_fdatasync,
               SYS_syncfs,
               SYS_sync_file_range,
               SYS_fallocate,
               SYS_ftruncate,
               SYS_fadvise64,
               SYS_readahead,
               SYS_getdents64,
               SYS_fstat,
               SYS_fstatfs,
               SYS_fchdir,
               SYS_fchown,
               SYS_fsetxattr,
               SYS_fgetxattr,
               SYS_flistxattr,
               SYS_fremovexattr,
               SYS_pipe2,
               kCachestat});
  table.allow_if(SYS_ioctl, {{unequal(1, TIOCSTI)}, {unequal(1, TIOCLINUX)}});
  table.allow_if(SYS_fchmod, no_such_bits(1, kSetIdBits));
  // Landlock judges these.
  table.allow_if(SYS_openat, opening(2, 3));
  table.allow({SYS_mkdirat, SYS_unlinkat, SYS_renameat2, SYS_linkat, SYS_symlinkat});
  table.allow_if(SYS_mknodat, no_such_bits(2, kSetIdBits));
  // The sight of which files exist, and of the names of their attributes.
  table.allow({SYS_listxattr, SYS_llistxattr, SYS_newfstatat, SYS_statx, SYS_faccessat,
               SYS_faccessat2, SYS_readlinkat, SYS_statfs, SYS_getcwd, SYS_chdir, SYS_umask});
  if (world.in_namespaces) {
    table.allow({SYS_utimensat, SYS_truncate, SYS_fchownat, SYS_setxattr, SYS_lsetxattr,
                 SYS_removexattr, SYS_lremovexattr});
    table.allow_if(SYS_fchmodat, no_such_bits(2, kSetIdBits));
    table.allow_if(kFchmodat2, no_such_bits(2, kSetIdBits));
  } else {
    // Without a path it sets the times of an open file.
    table.allow_if(SYS_utimensat, is_null(1), CallVerdict::kPassed);
    table.pass({SYS_fchmodat, kFchmodat2});
    table.refuse({SYS_truncate, SYS_fchownat, SYS_setxattr, SYS_lsetxattr, SYS_removexattr,
                  SYS_lremovexattr});
  }
  table.refuse({kSetxattrat, kRemovexattrat, kFileSetattr});
}

void add_memory(Table& table) {
  table.allow({SYS_brk, SYS_mmap, SYS_munmap, SYS_mremap, SYS_mprotect, SYS_madvise, SYS_msync,
               SYS_mincore, SYS_mlock, SYS_mlock2, SYS_munlock, SYS_mlockall, SYS_munlockall,
               SYS_pkey_alloc, SYS_pkey_free, SYS_pkey_mprotect, SYS_membarrier, kMseal});
}

constexpr uint32_t kNamespaces = CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC |
                                 CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET;

void add_processes(Table& table, const CallWorld& world) {
  // A sibling of the program would be the node's child, which the node does not collect.
  table.allow_if(SYS_clone, no_such_bits(0, kNamespaces | CLONE_PARENT));
  table.allow({SYS_execve,
               SYS_exit,
               SYS_exit_group,
               SYS_wait4,
               SYS_waitid,
               SYS_set_tid_address,
               SYS_set_robust_list,
               SYS_get_robust_list,
               SYS_rseq,
               SYS_futex,
               SYS_futex_waitv,
               kFutexWake,
               kFutexWait,
               kFutexRequeue,
               SYS_restart_syscall,
               SYS_sched_yield,
               SYS_getpid,
               SYS_getppid,
               SYS_gettid,
               SYS_getpgid,
               SYS_getsid,
               SYS_getuid,
               SYS_geteuid,
               SYS_getgid,
               SYS_getegid,
               SYS_getresuid,
               SYS_getresgid,
               SYS_getgroups,
               SYS_capget,
               SYS_pidfd_open,
               SYS_seccomp,
               SYS_landlock_create_ruleset,
               SYS_landlock_add_rule,
               SYS_landlock_restrict_self});
  // Without capabilities they choose among the ids that the process has.
  table.allow({SYS_setuid, SYS_setgid, SYS_setreuid, SYS_setregid, SYS_setresuid, SYS_setresgid,
               SYS_setfsuid, SYS_setfsgid});
  table.refuse({SYS_setgroups, SYS_capset});
  if (world.in_namespaces) {
    table.allow({SYS_setsid, SYS_setpgid});
  } else {
    // All processes of a command stay in its group.
    table.refuse({SYS_setsid, SYS_setpgid});
  }
  // The program stays bound to the node.
  table.allow_if(SYS_prctl, {{unequal(0, PR_SET_PDEATHSIG), equal(1, SIGKILL)}});
  table.allow_if(SYS_personality, {{equal(0, kWhole)}});  // A question.
}

void add_signals(Table& table, const CallWorld& world) {
  table.allow({SYS_rt_sigaction, SYS_rt_sigprocmask, SYS_rt_sigpending, SYS_rt_sigsuspend,
               SYS_rt_sigtimedwait, SYS_rt_sigreturn, SYS_sigaltstack, SYS_tkill, SYS_tgkill,
               SYS_rt_sigqueueinfo, SYS_rt_tgsigqueueinfo, SYS_pidfd_send_signal});
  if (world.in_namespaces) {
    table.allow({SYS_kill});
  } else {
    // -1 means every process of the user.
    table.allow_if(SYS_kill, {{unequal(0, kWhole)}});
  }
}

void add_time_and_waiting(Table& table) {
  table.allow({SYS_clock_gettime,  SYS_clock_getres,    SYS_clock_nanosleep,  SYS_nanosleep,
               SYS_gettimeofday,   SYS_getitimer,       SYS_setitimer,        SYS_timer_create,
               SYS_timer_settime,  SYS_timer_gettime,   SYS_timer_getoverrun, SYS_timer_delete,
               SYS_timerfd_create, SYS_timerfd_settime, SYS_timerfd_gettime,  SYS_eventfd2,
               SYS_signalfd4,      SYS_ppoll,           SYS_pselect6,         SYS_epoll_create1,
               SYS_epoll_ctl,      SYS_epoll_pwait,     SYS_epoll_pwait2});
}

void add_system(Table& table) {
  table.allow({SYS_uname, SYS_sysinfo, SYS_getrandom, SYS_getcpu, SYS_times, SYS_getrusage,
               SYS_getrlimit, SYS_setrlimit, SYS_getpriority, SYS_ioprio_get, SYS_sched_getaffinity,
               SYS_sched_getparam, SYS_sched_getscheduler, SYS_sched_getattr,
               SYS_sched_get_priority_max, SYS_sched_get_priority_min, SYS_sched_rr_get_interval});
  // Of another process of the user they are read only.
  table.allow_if(SYS_prlimit64, {{equal(0, 0), equal(2, 0)}, {equal(0, 0), high_is_zero(2)}});
  table.allow_if(SYS_sched_setaffinity, {{equal(0, 0)}});
  table.refuse({SYS_setpriority, SYS_ioprio_set, SYS_sched_setparam, SYS_sched_setscheduler,
                SYS_sched_setattr});
}

void add_sockets(Table& table, const CallWorld& world) {
  // A pair of datagram sockets could still send to any name.
  table.allow_if(SYS_socketpair, {{equal(0, AF_UNIX)},
                                  {equal(1, SOCK_STREAM, kSocketTypeMask),
                                   equal(1, SOCK_SEQPACKET, kSocketTypeMask)}});
  table.allow({SYS_sendto, SYS_recvfrom, SYS_sendmsg, SYS_recvmsg, SYS_sendmmsg, SYS_recvmmsg,
               SYS_shutdown, SYS_getsockname, SYS_getpeername, SYS_getsockopt, SYS_setsockopt});
  if (world.network == Network::kNone) {
    table.refuse({SYS_socket, SYS_connect, SYS_bind, SYS_listen, SYS_accept, SYS_accept4});
    return;
  }
  table.allow_if(SYS_socket,
                 {{equal(0, AF_INET), equal(0, AF_INET6)},
                  {equal(1, SOCK_STREAM, kSocketTypeMask), equal(1, SOCK_DGRAM, kSocketTypeMask)}});
  // Of the pairs above none can be connected or listen once more.
  table.allow({SYS_connect, SYS_bind, SYS_listen, SYS_accept, SYS_accept4});
}

// Calls with newer forms, which newer machines have alone.
void add_older_forms(Table& table, [[maybe_unused]] const CallWorld& world) {
#if defined(__x86_64__)
  table.allow({SYS_stat,     SYS_lstat,     SYS_access,   SYS_readlink,     SYS_pipe,
               SYS_dup2,     SYS_poll,      SYS_select,   SYS_epoll_create, SYS_epoll_wait,
               SYS_eventfd,  SYS_signalfd,  SYS_alarm,    SYS_pause,        SYS_fork,
               SYS_vfork,    SYS_getpgrp,   SYS_time,     SYS_mkdir,        SYS_rmdir,
               SYS_unlink,   SYS_rename,    SYS_renameat, SYS_link,         SYS_symlink,
               SYS_getdents, SYS_arch_prctl});
  table.allow_if(SYS_open, opening(1, 2));
  table.allow_if(SYS_creat, no_such_bits(1, kSetIdBits));
  table.allow_if(SYS_mknod, no_such_bits(1, kSetIdBits));
  std::initializer_list<uint32_t> owners_and_times = {SYS_chown, SYS_lchown, SYS_utime, SYS_utimes,
                                                      SYS_futimesat};
  if (world.in_namespaces) {
    table.allow_if(SYS_chmod, no_such_bits(1, kSetIdBits));
    table.allow(owners_and_times);
  } else {
    table.pass({SYS_chmod});
    table.refuse(owners_and_times);
  }
#elif defined(SYS_renameat)
  table.allow({SYS_renameat});
#endif
}

std::vector<CallRule> make_rules(const CallWorld& world) {
  Table table;
  add_files(table, world);
  add_memory(table);
  add_processes(table, world);
  add_signals(table, world);
  add_time_and_waiting(table);
  add_system(table);
  add_sockets(table, world);
  add_older_forms(table, world);
  return std::move(table).sorted();
}

using Program = std::vector<sock_filter>;

constexpr sock_filter load(size_t offset) {
  return {BPF_LD | BPF_W | BPF_ABS, 0, 0, static_cast<uint32_t>(offset)};
}
// Skips so many instructions, by whether the loaded number is `value`, or at least that.
constexpr sock_filter if_equal(uint32_t value, uint8_t then_skip, uint8_t else_skip) {
  return {BPF_JMP | BPF_JEQ | BPF_K, then_skip, else_skip, value};
}
constexpr sock_filter if_at_least(uint32_t value, uint8_t then_skip, uint8_t else_skip) {
  return {BPF_JMP | BPF_JGE | BPF_K, then_skip, else_skip, value};
}
constexpr sock_filter skip(size_t count) {
  return {BPF_JMP | BPF_JA, 0, 0, static_cast<uint32_t>(count)};
}
constexpr sock_filter answer(uint32_t with) {
  return {BPF_RET | BPF_K, 0, 0, with};
}
constexpr sock_filter answer(CallVerdict verdict, NodeListens listens) {
  switch (verdict) {
    case CallVerdict::kAllowed:
      return answer(SECCOMP_RET_ALLOW);
    case CallVerdict::kRefused:
      return answer(SECCOMP_RET_ERRNO | EPERM);
    case CallVerdict::kPassed:
      if (listens == NodeListens::kNo) return answer(SECCOMP_RET_ERRNO | EPERM);
      return answer(SECCOMP_RET_USER_NOTIF);
    case CallVerdict::kUnknown:
      break;
  }
  return answer(SECCOMP_RET_ERRNO | ENOSYS);
}

void append(Program& to, const Program& more) {
  to.insert(to.end(), more.begin(), more.end());
}

// Both supported machines keep the lower half of an argument first.
Program test_program(const CallTest& test, uint8_t skipped_if_it_holds) {
  size_t offset = offsetof(seccomp_data, args) + 8u * test.argument;
  if (test.half == CallTest::Half::kHigh) offset += 4;
  Program program{load(offset)};
  if (test.mask != kWhole) program.push_back({BPF_ALU | BPF_AND | BPF_K, 0, 0, test.mask});
  bool wants_equal = test.expect == CallTest::Expect::kEqual;
  program.push_back(if_equal(test.value, wants_equal ? skipped_if_it_holds : uint8_t{0},
                             wants_equal ? uint8_t{0} : skipped_if_it_holds));
  return program;
}

// Ends with an answer that every test which holds skips.
Program group_program(const std::vector<CallTest>& group, sock_filter otherwise) {
  Program program{otherwise};
  for (auto test = group.rbegin(); test != group.rend(); ++test) {
    Program before = test_program(*test, static_cast<uint8_t>(program.size()));
    program.insert(program.begin(), before.begin(), before.end());
  }
  return program;
}

Program rule_program(const CallRule& rule, NodeListens listens) {
  Program program;
  for (const auto& group : rule.condition)
    append(program, group_program(group, answer(rule.otherwise, listens)));
  program.push_back(answer(rule.verdict, listens));
  return program;
}

// From `first` to the next range's, all calls run `program`.
struct Range {
  uint32_t first;
  Program program;
};

std::vector<Range> ranges_of(std::span<const CallRule> rules, NodeListens listens) {
  std::vector<Range> ranges;
  auto begin = [&](uint32_t first, const CallRule& rule) {
    Program program = rule_program(rule, listens);
    auto is_same = [](const sock_filter& a, const sock_filter& b) {
      return a.code == b.code && a.jt == b.jt && a.jf == b.jf && a.k == b.k;
    };
    if (!ranges.empty() && std::ranges::equal(ranges.back().program, program, is_same)) return;
    ranges.push_back({first, std::move(program)});
  };
  uint32_t next = 0;
  for (const CallRule& rule : rules) {
    if (rule.number > next) begin(next, {next, CallVerdict::kUnknown});
    begin(rule.number, rule);
    next = rule.number + 1;
  }
  begin(next, {next, CallVerdict::kUnknown});
  return ranges;
}

// A binary search for the range of the loaded number.
Program search(std::span<const Range> ranges) {
  if (ranges.size() == 1) return ranges.front().program;
  size_t middle = ranges.size() / 2;
  Program lower = search(ranges.first(middle));
  Program program{if_at_least(ranges[middle].first, 0, 1), skip(lower.size())};
  append(program, lower);
  append(program, search(ranges.subspan(middle)));
  return program;
}

Program make_filter(std::span<const CallRule> rules, NodeListens listens) {
  Program filter{load(offsetof(seccomp_data, arch)), if_equal(kArchitecture, 1, 0),
                 answer(SECCOMP_RET_KILL_PROCESS), load(offsetof(seccomp_data, nr))};
  append(filter, search(ranges_of(rules, listens)));
  THEATER_CHECK(filter.size() <= BPF_MAXINSNS, "the filter of system calls has {} instructions",
                filter.size());
  return filter;
}

// The rules and filters of one world.
struct WorldCalls {
  explicit WorldCalls(const CallWorld& world)
      : rules(make_rules(world)),
        alone(make_filter(rules, NodeListens::kNo)),
        heard(make_filter(rules, NodeListens::kYes)) {}

  std::vector<CallRule> rules;
  Program alone;
  Program heard;
};

const WorldCalls& calls_of(const CallWorld& world) {
  // A relay and the node's network differ in nothing here.
  static const std::array<WorldCalls, 4> all = {
      WorldCalls({false, Network::kNone}), WorldCalls({true, Network::kNone}),
      WorldCalls({false, Network::kHost}), WorldCalls({true, Network::kHost})};
  return all[(world.in_namespaces ? 1u : 0u) + (world.network == Network::kNone ? 0u : 2u)];
}

}  // namespace

std::span<const CallRule> system_call_rules(const CallWorld& world) {
  return calls_of(world).rules;
}

std::span<const sock_filter> system_call_filter(const CallWorld& world, NodeListens listens) {
  const WorldCalls& calls = calls_of(world);
  return listens == NodeListens::kYes ? calls.heard : calls.alone;
}

}  // namespace theater
