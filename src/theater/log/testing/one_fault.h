// Lets one call of the file layer go wrong, for tests.
#pragma once

#include "theater/base/file_faults.h"
#include "theater/base/guarded.h"

#include <atomic>
#include <cstddef>
#include <filesystem>
#include <initializer_list>
#include <string>
#include <utility>
#include <vector>

namespace theater::log {

// In force while it lives, for files below a folder. Syncs do nothing, since nothing crashes, and
// take no time so. Safe from any thread.
class OneFault final : public FileFaults {
 public:
  // Counts the calls of these kinds from 0, and does that to the one of that number.
  OneFault(std::filesystem::path below, std::vector<FileCall> kinds, FileFault fault, size_t number)
      : below_(below.string()), kinds_(std::move(kinds)), fault_(fault), number_(number) {
    set_file_faults(this);
  }
  ~OneFault() override { set_file_faults(nullptr); }
  OneFault(const OneFault&) = delete;
  OneFault& operator=(const OneFault&) = delete;

  FileFault before(FileCall call, const std::filesystem::path& path) override {
    FileFault usual;
    usual.pretend = call == FileCall::kSync || call == FileCall::kSyncFolder;
    if (!path.string().starts_with(below_)) return usual;
    bool counts = false;
    for (FileCall kind : kinds_)
      counts = counts || kind == call;
    if (!counts || calls_.fetch_add(1) != number_) return usual;
    hit_.with([&](std::string& hit) { hit = path.string(); });
    return fault_;
  }

  // The file that the call was about; empty if there was no such call.
  std::string hit() const {
    return hit_.with([](const std::string& hit) { return hit; });
  }
  size_t calls() const { return calls_.load(); }

 private:
  std::string below_;
  std::vector<FileCall> kinds_;
  FileFault fault_;
  size_t number_;
  std::atomic<size_t> calls_{0};
  Guarded<std::string> hit_;
};

}  // namespace theater::log
