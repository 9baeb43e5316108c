// A new process that borrows the node's memory until it executes a program, as posix_spawn makes
// one. Copying the page tables of a node with many actors would take long.
//
// For the source files of this module only.
#pragma once

#include "theater/base/descriptor.h"

#include <sys/types.h>

#include <array>

namespace theater {

struct BorrowingChild {
  pid_t id = -1;  // Below zero: there is none, and `error` says why.
  Descriptor process;
  int error = 0;
};

// Starts `run` in a process with the memory of this one, and waits until it executes a program or
// ends. `flags` are namespaces of clone(2), and `group` is the folder of the control group that it
// begins in; negative: that of this process. `run` makes system calls only: no allocation, no lock.
// The new process has all signals blocked, and this process's handlers, until it takes defaults.
//
// A process that moves into a group later waits for all processors, some 15 ms.
BorrowingChild start_borrowing(int (*run)(void*), void* argument, int flags = 0, int group = -1);

// For the new process. Both make system calls only, and return false and set errno if the kernel
// refuses.
bool take_default_signals();
// Makes the descriptors, which are all above 2, the standard ones.
bool connect_standard(const std::array<int, 3>& from);

}  // namespace theater
