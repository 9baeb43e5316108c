// What a command's process gives up of the node's before it executes the program: the user, the
// capabilities, and more than ordinary amounts of the machine.
//
// All of it runs between fork and exec in a process that shares the node's memory, so each function
// makes system calls only. The library's setuid() is none: it would change the user of every thread
// of the node.
#pragma once

#include "theater/base/system_user.h"

#include <cstdint>

namespace theater {

inline constexpr uint64_t kUserProcessesMax = 4096;
inline constexpr uint64_t kProcessDataMax = uint64_t{4} << 30;  // In bytes.

// The limits of each process of a command (setrlimit(2)):
//
//   core         0: a crash writes no file with what the program has read.
//   file size    `file_size_max` for each file that is written.
//   open files   1,024, and 4,096 for a program that raises its limit: select(2) fails above 1,024.
//   processes    4,096 processes and threads of its user, counted over the whole machine. A command
//                that forks without end stops there. A lower bound would count the other programs
//                of a user at a desktop, and the threads of a node that is not root.
//
//   data         4 GiB of memory that the process can write, and that no other one shares. What all
//                its processes use together is bounded by their control group (program_group.h), where
//                the machine offers one, and by nothing but their number elsewhere.
//
// A lower limit of the node's stays. The address space has no limit: programs reserve far more than
// they use. The time and the output of a command are bounded by the runner.
//
// Returns false and sets errno if the kernel refuses.
bool limit_resources(uint64_t file_size_max);

// Empties the bounding set of capabilities. A process that may not change that set keeps it; with
// no_new_privs nothing is gained from it. Comes before become_user(), which ends the right to it.
void empty_bounding_set();

// Takes the user and its first group, and leaves all other groups. Needs CAP_SETUID and CAP_SETGID.
// Until the exec, this makes the process and the node undumpable, as they share their memory.
// Returns false and sets errno if the kernel refuses.
bool become_user(const SystemUser& user);

// Empties the other sets of capabilities: ambient, permitted, effective and inheritable. Returns
// false and sets errno if the kernel refuses.
bool drop_capabilities();

}  // namespace theater
