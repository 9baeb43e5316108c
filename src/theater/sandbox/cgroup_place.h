// Where a node may put its programs into control groups (cgroup v2): a group of its own, below which
// it makes others.
//
// The node uses no group but the one that it was started in. That one must be delegated to it: the
// node may write there, and no service manager thinks that the group is its own. A group that has
// processes cannot bound the groups below it, except the machine's root group. So the node moves into
// a group below, which it does only if no other process is in its own.
#pragma once

#include "theater/base/result.h"

#include <sys/types.h>

#include <filesystem>
#include <string>
#include <vector>

namespace theater {

// What is read to find the place. A test gives files that imitate those of a machine.
struct CgroupView {
  std::filesystem::path membership = "/proc/self/cgroup";
  std::filesystem::path mounts = "/proc/self/mountinfo";
  pid_t process;
  bool is_root;

  static CgroupView of_this_process();
};

struct CgroupPlace {
  std::filesystem::path group;  // The node's own, as a folder.
  std::vector<std::string>
      controllers;         // Of `memory`, `pids` and `cpu`: those that bound groups here.
  bool must_move = false;  // The node leaves the group, so that they do.
  std::string lack = {};   // Why there are not all three; empty if there are.
};

// Fails with kUnsupported if the node can make no groups, and says why. Reads files, changes nothing.
Result<CgroupPlace> find_cgroup_place(const CgroupView& view);

}  // namespace theater
