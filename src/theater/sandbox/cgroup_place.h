// Where a node may put its programs into control groups (cgroup v2): a group of its own, below which
// it makes others.
//
// The node uses no group but the one that it was started in. That one must be delegated to it: the
// node may write there, and no service manager thinks that the group is its own. A group that has
// processes cannot bound the groups below it, except the machine's root group. So the node moves into
// a group below, which it does only if no other process is in its own.
//
// A killed node that had moved leaves its group with controllers handed on. The kernel takes a process
// there if none of them is `memory`, and then calls the group `domain threaded`: it holds no groups that
// could hold a program. The next node in it takes the controllers back (ProgramGroups::open()), if
// nothing but folders of nodes lies below.
#pragma once

#include "theater/base/result.h"

#include <sys/types.h>

#include <array>
#include <filesystem>
#include <string>
#include <string_view>
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

// What the names of the folders of nodes begin with.
inline constexpr std::string_view kNodeGroupPrefix = "theater-";
// The controllers that a node hands on.
inline constexpr std::array kNodeControllers = {"memory", "pids", "cpu"};

struct CgroupPlace {
  std::filesystem::path group;  // The node's own, as a folder.
  std::vector<std::string>
      controllers;         // Of `memory`, `pids` and `cpu`: those that bound groups here.
  bool must_move = false;  // The node leaves the group, so that they do.
  bool is_left = false;    // A killed node has left it; its controllers must be taken back first.
  std::string lack = {};   // Why there are not all three; empty if there are.
};

// Fails with kUnsupported if the node can make no groups, and says why. Reads files, changes nothing.
Result<CgroupPlace> find_cgroup_place(const CgroupView& view);

}  // namespace theater
