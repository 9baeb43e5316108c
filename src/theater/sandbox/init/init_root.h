// The file system of a sandbox: an empty root in memory, into which the plan's steps bind what is
// granted.
#pragma once

#include "theater/sandbox/init/init_report.h"

#include <cstdint>

namespace theater::init {

// Each function gives up by the channel. Paths are absolute within the new root, and folders above
// them are made.
class Root {
 public:
  explicit Root(const Channel& channel) : channel_(channel) {}

  void open() const;
  void make_folder(const char* path) const;
  void make_link(const char* target, const char* path) const;
  void bind(uint64_t flags, uint64_t device, uint64_t inode, const char* source,
            const char* path) const;
  void mount_temporary(const char* options, const char* path) const;
  void mount_processes(const char* path) const;
  void enter() const;

 private:
  const Channel& channel_;
};

}  // namespace theater::init
