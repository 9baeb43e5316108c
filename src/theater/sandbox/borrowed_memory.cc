#include "theater/sandbox/borrowed_memory.h"

#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <memory>

namespace theater {

namespace {

constexpr size_t kStackSize = size_t{64} << 10;
constexpr int kSharing = CLONE_VM | CLONE_VFORK | CLONE_PIDFD;

// The arguments of clone3(2), up to the control group.
struct Clone3 {
  uint64_t flags = 0;
  uint64_t process = 0;  // Where the descriptor of the process goes.
  uint64_t child_id = 0;
  uint64_t parent_id = 0;
  uint64_t exit_signal = SIGCHLD;
  uint64_t stack = 0;
  uint64_t stack_size = 0;
  uint64_t tls = 0;
  uint64_t ids = 0;
  uint64_t ids_size = 0;
  uint64_t group = 0;
};
constexpr uint64_t kIntoGroup = uint64_t{1} << 33;

// The library has no call for it. The new process has another stack, so it must not return from
// here: it calls `run`, which never returns. The result is the kernel's, an error below zero.
long call_clone3(const Clone3& arguments, int (*run)(void*), void* argument) {
#if defined(__x86_64__)
  long result = SYS_clone3;
  register int (*run_kept)(void*) asm("r12") = run;
  register void* argument_kept asm("r13") = argument;
  asm volatile(
      "syscall\n\t"
      "testq %%rax, %%rax\n\t"
      "jnz 1f\n\t"
      "movq %[argument], %%rdi\n\t"
      "callq *%[run]\n\t"
      "hlt\n"
      "1:"
      : "+a"(result)
      : "D"(&arguments), "S"(sizeof arguments), [run] "r"(run_kept), [argument] "r"(argument_kept)
      : "rcx", "r11", "memory", "cc");
  return result;
#elif defined(__aarch64__)
  register long number asm("x8") = SYS_clone3;
  register const void* result asm("x0") = &arguments;
  register size_t size asm("x1") = sizeof arguments;
  register int (*run_kept)(void*) asm("x10") = run;
  register void* argument_kept asm("x11") = argument;
  asm volatile(
      "svc #0\n\t"
      "cbnz x0, 1f\n\t"
      "mov x0, %[argument]\n\t"
      "blr %[run]\n\t"
      "brk #0\n"
      "1:"
      : "+r"(result)
      : "r"(number), "r"(size), [run] "r"(run_kept), [argument] "r"(argument_kept)
      : "memory", "cc");
  return reinterpret_cast<long>(result);
#else
#error "the sandbox knows no way into a control group on this architecture"
#endif
}

}  // namespace

BorrowingChild start_borrowing(int (*run)(void*), void* argument, int flags, int group) {
  auto stack = std::make_unique<std::byte[]>(kStackSize);
  // No signal may reach the child while it has the node's handlers.
  sigset_t all;
  sigset_t before;
  ::sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &before);
  int process = -1;
  BorrowingChild child;
  if (group < 0) {
    child.id =
        ::clone(run, stack.get() + kStackSize, kSharing | SIGCHLD | flags, argument, &process);
    child.error = errno;
  } else {
    Clone3 arguments;
    arguments.flags = static_cast<uint64_t>(kSharing | flags) | kIntoGroup;
    arguments.process = reinterpret_cast<uint64_t>(&process);
    arguments.stack = reinterpret_cast<uint64_t>(stack.get());
    arguments.stack_size = kStackSize;
    arguments.group = static_cast<uint64_t>(group);
    long result = call_clone3(arguments, run, argument);
    child.id = static_cast<pid_t>(std::max(result, -1L));
    child.error = result < 0 ? static_cast<int>(-result) : 0;
  }
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  if (child.id >= 0) child.process = Descriptor(process);
  return child;
}

// Uses the kernel's own calls: the library's would change its records of signals, which this
// process and the new one share. Zeros mean the default action and no signal.
bool take_default_signals() {
  constexpr size_t kSignalsSize = 8;
  const std::array<uint64_t, 8> zeros{};
  for (int signal = 1; signal < NSIG; ++signal)
    ::syscall(SYS_rt_sigaction, signal, zeros.data(), nullptr, kSignalsSize);  // Two cannot be set.
  return ::syscall(SYS_rt_sigprocmask, SIG_SETMASK, zeros.data(), nullptr, kSignalsSize) == 0;
}

bool connect_standard(const std::array<int, 3>& from) {
  for (int i = 0; i < 3; ++i) {
    if (::syscall(SYS_dup3, from[static_cast<size_t>(i)], i, 0) < 0) return false;
  }
  return true;
}

}  // namespace theater
