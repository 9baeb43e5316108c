// The filter of system calls against its table: the program that the kernel runs is run here, for
// every number, with arguments on both sides of every test.
#include "theater/sandbox/system_calls.h"

#include <gtest/gtest.h>

#include <fcntl.h>
#include <linux/audit.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <optional>

namespace theater::system_calls_test {

#if defined(__x86_64__)
constexpr uint32_t kHere = AUDIT_ARCH_X86_64;
constexpr uint32_t kElsewhere = AUDIT_ARCH_I386;
#else
constexpr uint32_t kHere = AUDIT_ARCH_AARCH64;
constexpr uint32_t kElsewhere = AUDIT_ARCH_ARM;
#endif

using Arguments = std::array<uint64_t, 6>;
constexpr Arguments kZeros{};
constexpr uint32_t kRefusal = SECCOMP_RET_ERRNO | EPERM;
constexpr uint32_t kAbsence = SECCOMP_RET_ERRNO | ENOSYS;

// Runs the filter as the kernel does. Fails on an instruction that it has no need of.
uint32_t answer_of(uint32_t number, const Arguments& arguments = kZeros, uint32_t machine = kHere,
                   NodeListens listens = NodeListens::kNo, const CallWorld& world = {}) {
  seccomp_data data{};
  data.nr = static_cast<int>(number);
  data.arch = machine;
  for (size_t i = 0; i < arguments.size(); ++i)
    data.args[i] = arguments[i];
  std::span<const sock_filter> program = system_call_filter(world, listens);
  uint32_t loaded = 0;
  for (size_t at = 0; at < program.size(); ++at) {
    const sock_filter& step = program[at];
    switch (step.code) {
      case BPF_LD | BPF_W | BPF_ABS:
        std::memcpy(&loaded, reinterpret_cast<const char*>(&data) + step.k, sizeof loaded);
        break;
      case BPF_ALU | BPF_AND | BPF_K:
        loaded &= step.k;
        break;
      case BPF_JMP | BPF_JEQ | BPF_K:
        at += loaded == step.k ? step.jt : step.jf;
        break;
      case BPF_JMP | BPF_JGE | BPF_K:
        at += loaded >= step.k ? step.jt : step.jf;
        break;
      case BPF_JMP | BPF_JA:
        at += step.k;
        break;
      case BPF_RET | BPF_K:
        return step.k;
      default:
        ADD_FAILURE() << "instruction " << step.code << " at " << at;
        return 0;
    }
  }
  ADD_FAILURE() << "the filter has no end";
  return 0;
}

bool holds(const CallTest& test, const Arguments& arguments) {
  uint64_t whole = arguments.at(test.argument);
  auto half = static_cast<uint32_t>(test.half == CallTest::Half::kHigh ? whole >> 32 : whole);
  return ((half & test.mask) == test.value) == (test.expect == CallTest::Expect::kEqual);
}

uint32_t answer_of(CallVerdict verdict, NodeListens listens) {
  if (verdict == CallVerdict::kAllowed) return SECCOMP_RET_ALLOW;
  bool is_passed = verdict == CallVerdict::kPassed && listens == NodeListens::kYes;
  return is_passed ? SECCOMP_RET_USER_NOTIF : kRefusal;
}

// What the table says, without the filter.
uint32_t expected(const CallRule& rule, const Arguments& arguments, NodeListens listens) {
  for (const auto& group : rule.condition) {
    bool any = false;
    for (const CallTest& test : group)
      any |= holds(test, arguments);
    if (!any) return answer_of(rule.otherwise, listens);
  }
  return answer_of(rule.verdict, listens);
}

const CallRule* rule_of(uint32_t number) {
  for (const CallRule& rule : system_call_rules()) {
    if (rule.number == number) return &rule;
  }
  return nullptr;
}

// Values on both sides of the rule's tests, for each of its arguments.
std::vector<Arguments> arguments_for(const CallRule& rule) {
  std::vector<Arguments> all{kZeros};
  for (const auto& group : rule.condition) {
    for (const CallTest& test : group) {
      size_t count = all.size();
      int shift = test.half == CallTest::Half::kHigh ? 32 : 0;
      for (uint32_t value : {test.value, ~test.value, test.mask, ~test.mask}) {
        for (size_t i = 0; i < count; ++i) {
          Arguments more = all[i];
          more.at(test.argument) |= uint64_t{value} << shift;
          all.push_back(more);
        }
      }
    }
  }
  return all;
}

TEST(SystemCalls, AreAnsweredAsTheTableSays) {
  for (uint32_t number = 0; number <= 600; ++number) {
    const CallRule* rule = rule_of(number);
    if (rule == nullptr) {
      EXPECT_EQ(answer_of(number), kAbsence) << number;
      continue;
    }
    for (NodeListens listens : {NodeListens::kNo, NodeListens::kYes}) {
      for (const Arguments& arguments : arguments_for(*rule)) {
        EXPECT_EQ(answer_of(number, arguments, kHere, listens), expected(*rule, arguments, listens))
            << number;
      }
    }
  }
}

TEST(SystemCalls, OfOtherMachinesEndTheProcess) {
  for (uint32_t number = 0; number <= 600; ++number)
    EXPECT_EQ(answer_of(number, kZeros, kElsewhere), SECCOMP_RET_KILL_PROCESS) << number;
}

TEST(SystemCalls, OfX32AndOfNoKernelAreUnknown) {
  for (uint32_t number = 0; number <= 600; ++number)
    EXPECT_EQ(answer_of(0x40000000u | number), kAbsence) << number;
  EXPECT_EQ(answer_of(0xffffffffu), kAbsence);
}

TEST(SystemCalls, ThatReachPastTheSandboxAreUnknown) {
  constexpr uint32_t kOpenTree = 428;
  constexpr uint32_t kMountSetattr = 442;
  for (uint32_t number = kOpenTree; number <= 433; ++number)  // The new mount API.
    EXPECT_EQ(answer_of(number), kAbsence) << number;
  for (uint32_t number : std::initializer_list<uint32_t>{SYS_io_uring_setup,
                                                         SYS_io_uring_enter,
                                                         SYS_io_uring_register,
                                                         SYS_bpf,
                                                         SYS_userfaultfd,
                                                         SYS_perf_event_open,
                                                         SYS_open_by_handle_at,
                                                         SYS_name_to_handle_at,
                                                         SYS_setns,
                                                         SYS_unshare,
                                                         SYS_mount,
                                                         SYS_umount2,
                                                         SYS_pivot_root,
                                                         SYS_chroot,
                                                         SYS_process_vm_readv,
                                                         SYS_process_vm_writev,
                                                         SYS_pidfd_getfd,
                                                         SYS_ptrace,
                                                         SYS_kcmp,
                                                         SYS_keyctl,
                                                         SYS_add_key,
                                                         SYS_request_key,
                                                         SYS_clone3,
                                                         SYS_memfd_create,
                                                         SYS_execveat,
                                                         SYS_openat2,
                                                         SYS_inotify_init1,
                                                         SYS_fanotify_init,
                                                         SYS_shmget,
                                                         SYS_mq_open,
                                                         kMountSetattr})
    EXPECT_EQ(answer_of(number), kAbsence) << number;
}

TEST(SystemCalls, ThatChangeWhatAPathNamesAreRefused) {
  for (uint32_t number : std::initializer_list<uint32_t>{
#if defined(__x86_64__)
           SYS_chmod, SYS_chown, SYS_lchown, SYS_utime, SYS_utimes, SYS_futimesat,
#endif
           SYS_fchmodat, kFchmodat2, SYS_fchownat, SYS_setxattr, SYS_lsetxattr, SYS_removexattr,
           SYS_lremovexattr, SYS_truncate})
    EXPECT_EQ(answer_of(number), kRefusal) << number;
  EXPECT_EQ(answer_of(SYS_utimensat, {3, 0}), SECCOMP_RET_ALLOW);
  EXPECT_EQ(answer_of(SYS_utimensat, {3, 0x7fff12345678}), kRefusal);
  EXPECT_EQ(answer_of(SYS_utimensat, {3, 0x700000000000}), kRefusal);  // Its lower half is zero.
}

TEST(SystemCalls, ThatTheNodeCanJudgeArePassedToIt) {
  auto passed = [](uint32_t number, const Arguments& arguments) {
    return answer_of(number, arguments, kHere, NodeListens::kYes);
  };
#if defined(__x86_64__)
  EXPECT_EQ(passed(SYS_chmod, kZeros), SECCOMP_RET_USER_NOTIF);
#endif
  EXPECT_EQ(passed(SYS_fchmodat, kZeros), SECCOMP_RET_USER_NOTIF);
  EXPECT_EQ(passed(kFchmodat2, kZeros), SECCOMP_RET_USER_NOTIF);
  EXPECT_EQ(passed(SYS_utimensat, {3, 0x7fff12345678}), SECCOMP_RET_USER_NOTIF);
  EXPECT_EQ(passed(SYS_utimensat, {3, 0}), SECCOMP_RET_ALLOW);
  EXPECT_EQ(passed(SYS_fchownat, kZeros), kRefusal);
}

TEST(SystemCalls, MayDependOnArguments) {
  EXPECT_EQ(answer_of(SYS_fchmod, {3, 0755}), SECCOMP_RET_ALLOW);
  EXPECT_EQ(answer_of(SYS_fchmod, {3, 04755}), kRefusal);
  EXPECT_EQ(answer_of(SYS_fchmod, {3, 02755}), kRefusal);
  EXPECT_EQ(answer_of(SYS_openat, {0, 0, O_CREAT | O_WRONLY, 0644}), SECCOMP_RET_ALLOW);
  EXPECT_EQ(answer_of(SYS_openat, {0, 0, O_CREAT | O_WRONLY, 04755}), kRefusal);
  EXPECT_EQ(answer_of(SYS_openat, {0, 0, O_TMPFILE | O_WRONLY, 04755}), kRefusal);
  EXPECT_EQ(answer_of(SYS_openat, {0, 0, O_RDONLY | O_DIRECTORY, 04755}), SECCOMP_RET_ALLOW);
  EXPECT_EQ(answer_of(SYS_openat, {0, 0, O_ACCMODE}), kRefusal);
  EXPECT_EQ(answer_of(SYS_clone, {CLONE_VM | CLONE_THREAD | CLONE_SIGHAND}), SECCOMP_RET_ALLOW);
  for (uint64_t flag : {CLONE_NEWUSER, CLONE_NEWNS, CLONE_NEWPID, CLONE_NEWNET, CLONE_PARENT})
    EXPECT_EQ(answer_of(SYS_clone, {flag}), kRefusal) << flag;
  EXPECT_EQ(answer_of(SYS_kill, {1234, 9}), SECCOMP_RET_ALLOW);
  EXPECT_EQ(answer_of(SYS_kill, {static_cast<uint64_t>(-1), 9}), kRefusal);
  EXPECT_EQ(answer_of(SYS_socketpair, {AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC}), SECCOMP_RET_ALLOW);
  EXPECT_EQ(answer_of(SYS_socketpair, {AF_UNIX, SOCK_DGRAM}), kRefusal);
  EXPECT_EQ(answer_of(SYS_socket, {AF_INET, SOCK_STREAM}), kRefusal);
  EXPECT_EQ(answer_of(SYS_setsid), kRefusal);
  EXPECT_EQ(answer_of(SYS_setpgid), kRefusal);
}

TEST(SystemCalls, DependOnWhatSurroundsTheProgram) {
  auto in = [](const CallWorld& world, uint32_t number, const Arguments& arguments = kZeros) {
    return answer_of(number, arguments, kHere, NodeListens::kNo, world);
  };
  CallWorld apart{true, Network::kNone};
  for (uint32_t number : {SYS_setsid, SYS_setpgid, SYS_truncate, SYS_fchownat, SYS_setxattr})
    EXPECT_EQ(in(apart, number), SECCOMP_RET_ALLOW) << number;
  EXPECT_EQ(in(apart, SYS_fchmodat, {0, 0, 0755}), SECCOMP_RET_ALLOW);
  EXPECT_EQ(in(apart, SYS_fchmodat, {0, 0, 04755}), kRefusal);
  EXPECT_EQ(in(apart, kFchmodat2, {0, 0, 02755}), kRefusal);
  EXPECT_EQ(in(apart, SYS_kill, {static_cast<uint64_t>(-1), 9}), SECCOMP_RET_ALLOW);
  EXPECT_EQ(in(apart, SYS_socket, {AF_INET, SOCK_STREAM}), kRefusal);
  EXPECT_EQ(in(apart, SYS_connect), kRefusal);
  EXPECT_EQ(in(apart, SYS_unshare), kAbsence);
  for (Network network : {Network::kRelay, Network::kHost}) {
    CallWorld connected{true, network};
    EXPECT_EQ(in(connected, SYS_socket, {AF_INET, SOCK_STREAM | SOCK_CLOEXEC}), SECCOMP_RET_ALLOW);
    EXPECT_EQ(in(connected, SYS_socket, {AF_INET6, SOCK_DGRAM}), SECCOMP_RET_ALLOW);
    EXPECT_EQ(in(connected, SYS_socket, {AF_INET, SOCK_RAW}), kRefusal);
    EXPECT_EQ(in(connected, SYS_socket, {AF_UNIX, SOCK_STREAM}), kRefusal);
    EXPECT_EQ(in(connected, SYS_socket, {AF_NETLINK, SOCK_DGRAM}), kRefusal);
    EXPECT_EQ(in(connected, SYS_connect), SECCOMP_RET_ALLOW);
    EXPECT_EQ(in({false, network}, SYS_setsid), kRefusal);
  }
}

TEST(SystemCalls, AreSearchedInFewSteps) {
  EXPECT_LT(system_call_filter({}, NodeListens::kYes).size(), 700u);
}

}  // namespace theater::system_calls_test
