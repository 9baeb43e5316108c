// What this machine offers to wall a program in, and the level of protection that follows.
//
// The node asks the kernel once. The answer is a value that is passed on, so a test can take
// features out of it, and runs a program as an older kernel would.
//
//   kNamespaces   the program sees its own files, processes and network alone
//                 (namespace_process.h); Landlock, where it is there, and the filter as well.
//   kLandlock     Landlock restricts the files, and the filter the system calls.
//   kRefused      Neither is complete, and no program runs.
//
// Every level has no_new_privs, the filter of system calls, empty sets of capabilities, bounds of
// resources, and a user that is not root.
#pragma once

#include "theater/base/result.h"

#include <cstdint>
#include <string>
#include <vector>

namespace theater {

enum class SandboxLevel : uint8_t { kRefused, kLandlock, kNamespaces };

// Control groups (program_group.h), which bound all processes of a program together.
struct GroupFeatures {
  bool offered = false;  // Each program has one, and ends with all that is in it.
  bool memory = false;   // What it bounds.
  bool processes = false;
  bool cpu = false;
  std::string fault = {};  // Why one of these is missing.
};

struct SandboxFeatures {
  bool filter = false;    // no_new_privs and filters of system calls (seccomp).
  bool listener = false;  // The node can answer calls that the filter passes on (path_requests.h).
  int landlock = 0;       // The version of Landlock; 0: there is none.

  // Namespaces of mounts, processes, System V objects, host names and networks, for this user; for
  // all but root in a user namespace. All or none.
  bool namespaces = false;
  // A namespace of processes can have its own /proc.
  bool proc = false;
  std::string namespaces_fault = {};  // Why there are none.

  GroupFeatures groups = {};

  // What the kernel says: a program is started in namespaces, and the node takes its place among the
  // control groups. Blocks for milliseconds at the first call. Safe from any thread.
  static const SandboxFeatures& of_machine();
};

SandboxLevel level_of(const SandboxFeatures& features);

// The level and the mechanisms behind it, for a record of a start: "seccomp landlock-6", the names
// of mechanisms with one space between, each with its version if it has one; "namespaces" first where
// the program has them. Last "cgroup", where a control group bounds memory, processes and CPU;
// otherwise with what it bounds, as in "cgroup-pids-cpu" or "cgroup-none". "refused" if nothing runs.
std::string level_text(const SandboxFeatures& features);

// What the level lacks, one sentence for each lack: which protection is weaker, and what would
// make it whole. Bounds of control groups are among them. Empty if nothing is missing.
std::vector<std::string> missing_protections(const SandboxFeatures& features);

// Fails with kUnsupported if nothing may run; the error says what is missing and what to do.
Result<void> check_level(const SandboxFeatures& features);

}  // namespace theater
