// The file of scores that all actors of a node write to.
#pragma once

#include "theater/base/guarded.h"

#include <tl/expected.hpp>

#include <filesystem>
#include <string>
#include <string_view>

namespace theater {

// Safe from any thread.
class ScoreSheet {
 public:
  static constexpr size_t kLineSizeMax = 200;

  explicit ScoreSheet(std::filesystem::path file) : file_(std::move(file)) {}

  // What is wrong with a line, such as a line break in it.
  static tl::expected<void, std::string> check(std::string_view line);

  // Adds a line and waits for the disk. The folder is made if it is not there.
  tl::expected<void, std::string> add(std::string_view line);

 private:
  // The file has no owner but who holds the lock: lines of two actors never mix.
  Guarded<std::filesystem::path> file_;
};

}  // namespace theater
