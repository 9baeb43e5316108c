#include "theater/base/file_faults.h"

#include <atomic>

namespace theater {

namespace {

// For the process, since what it stands for is: the system below it.
std::atomic<FileFaults*>& faults_in_force() {
  static std::atomic<FileFaults*> faults{nullptr};
  return faults;
}

}  // namespace

void set_file_faults(FileFaults* faults) {
  faults_in_force().store(faults, std::memory_order_release);
}

FileFault file_fault(FileCall call, const std::filesystem::path& path) {
  FileFaults* faults = faults_in_force().load(std::memory_order_acquire);
  return faults == nullptr ? FileFault() : faults->before(call, path);
}

}  // namespace theater
