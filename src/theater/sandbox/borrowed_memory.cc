#include "theater/sandbox/borrowed_memory.h"

#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <memory>

namespace theater {

namespace {

constexpr size_t kStackSize = size_t{64} << 10;

}  // namespace

BorrowingChild start_borrowing(int (*run)(void*), void* argument, int flags) {
  auto stack = std::make_unique<std::byte[]>(kStackSize);
  // No signal may reach the child while it has the node's handlers.
  sigset_t all;
  sigset_t before;
  ::sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &before);
  int process = -1;
  BorrowingChild child;
  child.id = ::clone(run, stack.get() + kStackSize,
                     CLONE_VM | CLONE_VFORK | CLONE_PIDFD | SIGCHLD | flags, argument, &process);
  child.error = errno;
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
