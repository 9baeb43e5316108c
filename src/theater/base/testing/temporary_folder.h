// A folder for one test or benchmark, empty at first, that goes with the object.
#pragma once

#include "theater/base/check.h"

#include <cstdlib>
#include <filesystem>
#include <string>
#include <system_error>

namespace theater {

class TemporaryFolder {
 public:
  explicit TemporaryFolder(
      const std::filesystem::path& below = std::filesystem::temp_directory_path()) {
    std::string name = (below / "theater-XXXXXX").string();
    THEATER_CHECK(::mkdtemp(name.data()) != nullptr, "cannot make a folder like {}", name);
    path_ = name;
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace theater
