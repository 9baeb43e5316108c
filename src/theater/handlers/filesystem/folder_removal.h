// Deletes a folder and everything in it.
//
// The removal follows names by descriptors, each opened in the one above it and never through a
// link. So a program that exchanges folders with links meanwhile cannot lead it elsewhere.
#pragma once

#include "theater/base/result.h"
#include "theater/handlers/filesystem/file_access.h"

#include <atomic>
#include <string_view>

namespace theater {

inline constexpr size_t kRemovedDepthMax = 100;

// A slash may stand behind the path. Blocks; stops when `cancelled` becomes true. Fails with
// kInvalidArgument for what is no folder, kResourceExhausted where folders are nested deeper than
// kRemovedDepthMax, kCancelled, kIo; what was deleted until then stays deleted.
Result<void> remove_folder(const FileAccess& access, std::string_view path,
                           const std::atomic<bool>& cancelled);

}  // namespace theater
