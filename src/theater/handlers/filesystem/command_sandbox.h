// What the kernel keeps a command from.
//
// Landlock: nothing is written but in one folder and to /dev/null, nothing is read but there and in
// the system's folders, and nothing that could be written is executed. Newer kernels also keep the
// command from signalling processes outside, and from their abstract sockets. A filter of system
// calls: no process of the command leaves its process group, so that all of them can be ended.
//
// What Landlock does not keep a command from, on any kernel: the network, changing modes and owners
// of files that belong to the node's user, and finding out which files there are.
#pragma once

#include "theater/base/descriptor.h"
#include "theater/base/result.h"

#include <linux/filter.h>

#include <filesystem>
#include <string>

namespace theater {

// What a command may do with the folder that it works in.
struct FolderRights {
  bool read = false;
  bool write = false;
};

// The wall of one command: made before its process is, since making it allocates.
class CommandSandbox {
 public:
  // `folder` may be used as `rights` say, and the file `program` executed. `home` is the node's,
  // which must not lie in a system folder. Fails with kUnsupported on a kernel without Landlock.
  static Result<CommandSandbox> build(const Descriptor& folder, FolderRights rights,
                                      const std::string& program,
                                      const std::filesystem::path& home);

  // The part of the wall that every kernel has.
  static CommandSandbox filter_only();

  // Puts this process, and all that come of it, behind the wall for good. For the time between fork
  // and exec: calls nothing but system calls. False, and errno, if the kernel refuses.
  bool raise() const;

 private:
  explicit CommandSandbox(Descriptor rules) : rules_(std::move(rules)) {}

  Descriptor rules_;  // Not open: without Landlock.
};

// The version of Landlock that the kernel has; 0 if none.
int landlock_version();

}  // namespace theater
