// The file system of a program in namespaces, as steps of its first process (init_plan.h).
//
//   /usr, /bin, …   the system's programs and libraries, read-only
//   /etc            the few named files, read-only
//   /dev            null, zero, full, random, urandom
//   /proc           the processes of the sandbox, if the machine lets it be mounted
//   /tmp            in memory, 256 MiB, the sandbox's own; closed if the folder lies below /tmp and
//                   may not be read and written
//   the folder      at its own path: without set-uid programs and devices, read-only if it may not
//                   write
//
// There is nothing else: no /sys, no other /etc, no file of another user or program.
//
// For the source files of this module only.
#pragma once

#include "theater/base/descriptor.h"
#include "theater/base/result.h"
#include "theater/sandbox/command_sandbox.h"
#include "theater/sandbox/init_plan.h"
#include "theater/sandbox/system_paths.h"

#include <cstdint>
#include <span>
#include <string>

namespace theater {

struct NamespaceFiles {
  std::span<const SystemPath> system;     // Those that exist.
  std::span<const std::string> settings;  // Files and folders of /etc.
  const std::string& program;
  const Descriptor& folder;  // Closed: none.
  FolderRights rights;
  const SandboxFeatures& features;
};

// `read` and `write` are the rights of Landlock for /proc and for /tmp. Fails with kPermissionDenied
// if the folder is the root, with kUnsupported if it may not be read and no Landlock keeps it, and
// with kIo.
Result<InitPlan> plan_files(const NamespaceFiles& files, uint64_t read, uint64_t write);

}  // namespace theater
