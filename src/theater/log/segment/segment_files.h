// The files of a log's segments: where they are, and which there are.
#pragma once

#include "theater/base/result.h"

#include <cstdint>
#include <filesystem>
#include <vector>

namespace theater::log {

// `folder` is the log's.
std::filesystem::path segments_folder(const std::filesystem::path& folder);
std::filesystem::path segment_path(const std::filesystem::path& folder, uint64_t number);
std::filesystem::path bodies_path(const std::filesystem::path& folder, uint64_t number);

// The numbers of all segments, ascending. What has no segment's name is passed over. Fails with
// kNotFound if there is no folder for them, kIo.
Result<std::vector<uint64_t>> list_segments(const std::filesystem::path& folder);

}  // namespace theater::log
