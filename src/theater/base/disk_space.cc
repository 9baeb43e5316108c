#include "theater/base/disk_space.h"

#include "theater/base/file_faults.h"
#include "theater/base/file_handle.h"

#include <sys/statvfs.h>

#include <cerrno>

namespace theater {

Result<DiskSpace> disk_space(const std::filesystem::path& path) {
  FileFault fault = file_fault(FileCall::kStat, path);
  struct statvfs status{};
  int failed = fault.error;
  if (failed == 0 && ::statvfs(path.c_str(), &status) != 0) failed = errno;
  if (failed != 0) return os_failure("measure the file system of", path, failed);
  uint64_t block = status.f_frsize;
  return DiskSpace{status.f_blocks * block, status.f_bavail * block, status.f_files,
                   status.f_favail};
}

}  // namespace theater
