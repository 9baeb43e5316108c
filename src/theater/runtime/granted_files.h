// Files that an actor names, read by the node in its place: under the actor's own grant.
//
// The grant is of `filesystem` with `read`, and holds for the file itself: where a path leads, by
// symbolic links or otherwise, is looked at on the open file, so that nothing can be exchanged
// between the look and the reading. What is not granted is refused in the same words whether it is
// there or not.
#pragma once

#include "theater/base/bytes.h"
#include "theater/base/result.h"
#include "theater/manifest/permissions.h"
#include "theater/runtime/denied_reading.h"

#include <cstddef>
#include <filesystem>

namespace theater {

// Reads a whole regular file of at most `size_max` bytes. A relative path is taken below the
// current folder. Fails with kPermissionDenied (the hint says which party lacks the grant),
// kNotFound, kInvalidArgument (not a regular file), kResourceExhausted (larger) or kIo.
Result<Bytes> read_granted_file(const Permissions& permissions, const std::filesystem::path& path,
                                size_t size_max, const LackingParties& lacking = {});

}  // namespace theater
