// How much room a file system has.
#pragma once

#include "theater/base/result.h"

#include <cstdint>
#include <filesystem>

namespace theater {

struct DiskSpace {
  uint64_t size_bytes = 0;
  uint64_t free_bytes = 0;  // For this process: what is reserved for the superuser is left out.
  // Inodes. A file system that has no fixed number of them says 0 for both.
  uint64_t files = 0;
  uint64_t free_files = 0;
};

// The room on the file system of `path`. May block for long if that is a server's. Fails with
// kNotFound or kIo.
Result<DiskSpace> disk_space(const std::filesystem::path& path);

}  // namespace theater
