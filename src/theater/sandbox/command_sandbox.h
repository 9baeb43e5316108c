// The restrictions that the kernel enforces on a command.
//
// Landlock: a command writes only in one folder and to /dev/null, reads only there, in the system's
// folders and in a few files of /etc, and executes nothing that it could have written. Newer
// kernels also keep it from signalling processes outside. A filter of system calls (system_calls.h)
// refuses what Landlock does not judge, such as sockets, and passes changes of modes and times of
// what a path names to the node (path_requests.h). It also keeps every process of the command in
// its process group, so that the node can end all of them.
//
// Neither hides which files exist, their sizes, and where symbolic links lead. Namespaces do, where
// the machine offers them (namespace_process.h): the program then sees a file system of what is
// granted alone, and a change of what a path names is harmless there.
#pragma once

#include "theater/base/descriptor.h"
#include "theater/base/result.h"
#include "theater/sandbox/init_plan.h"
#include "theater/sandbox/sandbox_features.h"
#include "theater/sandbox/sandbox_network.h"
#include "theater/sandbox/system_calls.h"

#include <linux/filter.h>

#include <filesystem>
#include <span>
#include <string>

namespace theater {

// The rights of a command in the folder that it works in.
struct FolderRights {
  bool read = false;
  bool write = false;
};

// What one command may reach.
struct SandboxRequest {
  const Descriptor& folder;         // Closed: it may reach no file of anyone.
  FolderRights rights;              // In that folder.
  std::string program;              // The file that it may execute besides those of the system.
  std::filesystem::path home = {};  // The node's, or empty.
  const SandboxFeatures& features = SandboxFeatures::of_machine();
  Network network = Network::kNone;
};

// The sandbox of one command. It is made before the process, since making it allocates.
class CommandSandbox {
 public:
  // Fails with kUnsupported where `features` allow no sandbox (check_level()), with
  // kPermissionDenied if the folder holds the home, or the system's folders or the program would
  // reach it, and with kIo. kUnsupported for Network::kRelay without namespaces.
  static Result<CommandSandbox> build(const SandboxRequest& request);

  // The part that every kernel has: the filter of system calls, without a network; and a control
  // group, where the machine offers it.
  static CommandSandbox filter_only(
      const SandboxFeatures& features = SandboxFeatures::of_machine());

  // Restricts this process and all its descendants for good. It belongs between fork and exec, and
  // makes system calls only. Sends the listener of passed calls to `channel`
  // (descriptor_channel.h), if the kernel has one to give and `channel` is not negative; without it
  // these calls are refused. Returns false and sets errno if the kernel refuses.
  bool raise(int channel) const;

  // The folder in which the command may change files; closed: nowhere.
  const Descriptor& changed_folder() const { return changed_folder_; }

  Network network() const { return world_.network; }

  // Whether the program gets namespaces of its own. The rest is for their first process, and raise()
  // for a program without.
  bool in_namespaces() const { return world_.in_namespaces; }
  // Whether the program begins in a control group of its own.
  bool in_group() const { return in_group_; }
  const InitPlan& files() const { return files_; }
  const Descriptor& rules() const { return rules_; }  // Of Landlock; closed: none.
  std::span<const sock_filter> filter() const;

 private:
  CommandSandbox(Descriptor rules, CallWorld world);

  Descriptor rules_;
  Descriptor changed_folder_;
  CallWorld world_;
  bool in_group_ = false;
  InitPlan files_;
};

}  // namespace theater
