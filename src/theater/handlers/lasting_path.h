// The node's home as handlers keep it.
#pragma once

#include <filesystem>
#include <system_error>

namespace theater {

// `path` made absolute, since the current folder may change; an empty one stays empty.
inline std::filesystem::path lasting_path(const std::filesystem::path& path) {
  std::error_code error;
  std::filesystem::path whole = std::filesystem::absolute(path, error);
  return path.empty() || error ? path : whole;
}

}  // namespace theater
