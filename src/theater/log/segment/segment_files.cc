#include "theater/log/segment/segment_files.h"

#include "theater/log/segment/segment_format.h"

#include <algorithm>
#include <system_error>

namespace theater::log {

std::filesystem::path segments_folder(const std::filesystem::path& folder) {
  return folder / "segments";
}

std::filesystem::path segment_path(const std::filesystem::path& folder, uint64_t number) {
  return segments_folder(folder) / segment_file_name(number);
}

std::filesystem::path bodies_path(const std::filesystem::path& folder, uint64_t number) {
  return segments_folder(folder) / bodies_file_name(number);
}

Result<std::vector<uint64_t>> list_segments(const std::filesystem::path& folder) {
  std::filesystem::path path = segments_folder(folder);
  std::error_code error;
  std::filesystem::directory_iterator entry(path, error);
  if (error == std::errc::no_such_file_or_directory) {
    return fail(ErrorCode::kNotFound, "there is no log in {}: it has no folder `segments`",
                folder.string());
  }
  std::vector<uint64_t> numbers;
  while (!error && entry != std::filesystem::directory_iterator()) {
    auto number = segment_number(entry->path().filename().native());
    if (number) numbers.push_back(*number);
    entry.increment(error);
  }
  if (error) {
    return fail(ErrorCode::kIo, "cannot list {}: {}", path.string(), error.message());
  }
  std::sort(numbers.begin(), numbers.end());
  return numbers;
}

}  // namespace theater::log
