// The paths of a log's segment files, and the list of existing segments.
#pragma once

#include "theater/base/result.h"

#include <cstdint>
#include <filesystem>
#include <vector>

namespace theater::log {

// `folder` is the log's folder.
std::filesystem::path segments_folder(const std::filesystem::path& folder);
std::filesystem::path segment_path(const std::filesystem::path& folder, uint64_t number);
std::filesystem::path bodies_path(const std::filesystem::path& folder, uint64_t number);

// The numbers of all segments, ascending. Ignores files without a segment's name. Fails with
// kNotFound if there is no folder for segments, or kIo.
Result<std::vector<uint64_t>> list_segments(const std::filesystem::path& folder);

}  // namespace theater::log
