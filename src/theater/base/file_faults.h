// Makes system calls of the file layer fail, for tests: a disk that is full, broken or slow to
// answer, which no test has at hand.
//
// Every function of file_handle.h asks before it calls the system. Only tests set faults; without
// them, a question reads one address.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>

namespace theater {

enum class FileCall : uint8_t {
  kOpen,
  kStat,
  kRead,
  kWrite,
  kTruncate,
  kAllocate,
  kSync,
  kOpenFolder,
  kSyncFolder,
  kMakeFolder,
  kRename,
  kRemove,
};

// What happens instead of a call: nothing else, unless one of these is set.
struct FileFault {
  int error = 0;                // The call fails with this errno.
  bool pretend = false;         // The call is left out, and said to have worked.
  size_t bytes_max = SIZE_MAX;  // A read or write does no more than this.
};

// Safe from any thread. May call the file layer, which then asks it again.
class FileFaults {
 public:
  virtual ~FileFaults() = default;
  virtual FileFault before(FileCall call, const std::filesystem::path& path) = 0;
};

// From here on they ask `faults`, which outlives that, or nothing. Not while others use files.
void set_file_faults(FileFaults* faults);

// What becomes of a call that is about to be made.
FileFault file_fault(FileCall call, const std::filesystem::path& path);

}  // namespace theater
