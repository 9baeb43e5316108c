// A control group (cgroup v2) for each program: bounds for all its processes together, and one file
// that ends them all, whatever they did to hide.
//
// The groups of a node lie below its own (cgroup_place.h):
//
//   <the node's group>/theater-<number>/node            the node itself, if it had to move
//   <the node's group>/theater-<number>/programs/<n>    one for each program
//
// The node holds a lock on the folder `theater-<number>` for as long as it lives. A node that starts
// ends what is in such a folder without a lock, and removes it: a killed node has left it. It also
// takes back the controllers that such a node has handed on.
//
// CPU time is shared by weight, where the controller is there. Each program counts once, however
// many processes it has, and all programs together count as much as the node. Nothing holds a
// program back while the machine is idle.
#pragma once

#include "theater/base/descriptor.h"
#include "theater/base/guarded.h"
#include "theater/base/result.h"
#include "theater/sandbox/cgroup_place.h"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace theater {

// Of all processes of one program together.
inline constexpr uint64_t kGroupMemoryMax = uint64_t{4} << 30;  // In bytes; nothing is swapped out.
inline constexpr uint64_t kGroupProcessesMax = 1024;            // And threads.

class ProgramGroups;

// Move-only. With it the group goes: it kills what is left there.
class ProgramGroup {
 public:
  ProgramGroup() = default;  // None.
  ProgramGroup(std::shared_ptr<ProgramGroups> groups, std::string name, Descriptor folder,
               Descriptor kill);
  ProgramGroup(ProgramGroup&&) noexcept = default;
  ProgramGroup& operator=(ProgramGroup&& other) noexcept;
  ~ProgramGroup() { remove(); }

  // The folder, in which a process can be started; negative if there is no group.
  int folder() const { return folder_.number(); }
  const std::shared_ptr<ProgramGroups>& groups() const { return groups_; }

  // Kills all processes in it. Nothing happens if there is no group.
  void kill() const;
  // Kills, and removes the group soon: at once, or by ProgramGroups::remove_left(). Never waits.
  void remove();

 private:
  friend class ProgramGroups;

  std::shared_ptr<ProgramGroups> groups_;
  std::string name_;
  Descriptor folder_;
  Descriptor kill_;
};

// The groups of one node. Safe from any thread.
class ProgramGroups : public std::enable_shared_from_this<ProgramGroups> {
 public:
  // Groups that could not be removed yet.
  static constexpr size_t kLeftMax = 1024;

  // Makes the folder for them, and moves the node if it must. Removes what killed nodes have left.
  // Fails with kUnsupported if the kernel cannot end a group or start a process in one (before 5.14,
  // or in a container that refuses it), and with kIo. Blocks for milliseconds, and for up to a
  // second if processes of killed nodes are slow to go.
  static Result<std::shared_ptr<ProgramGroups>> open(CgroupPlace place);

  // Those of this process, opened at the first call.
  static const Result<std::shared_ptr<ProgramGroups>>& of_this_process();

  ~ProgramGroups();

  // What bounds the groups, and why not all of it; as CgroupPlace.
  const CgroupPlace& place() const { return place_; }
  const std::filesystem::path& folder() const { return folder_; }

  // A new group, with its bounds. Fails with kIo, and with kResourceExhausted if kLeftMax groups
  // wait for their removal.
  Result<ProgramGroup> make();

  // Whether groups wait for their removal, since their processes are not gone yet.
  bool has_left() const { return left_count_.load() > 0; }
  void remove_left();

 private:
  friend class ProgramGroup;
  explicit ProgramGroups(CgroupPlace place) : place_(std::move(place)) {}

  Result<void> take_back();
  Result<void> make_folder();
  Result<void> move_in();
  Result<void> check();
  void remove(std::string name);
  void move_out() const;

  CgroupPlace place_;
  std::filesystem::path folder_;
  Descriptor lock_;      // The folder, locked.
  Descriptor programs_;  // The folder of the groups.
  bool has_moved_ = false;
  std::atomic<uint64_t> last_number_{0};
  std::atomic<size_t> left_count_{0};
  Guarded<std::vector<std::string>> left_;
};

}  // namespace theater
