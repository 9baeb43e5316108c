// Whole small files, with errors that name them.
#pragma once

#include "theater/base/bytes.h"
#include "theater/base/result.h"

#include <cstddef>
#include <filesystem>
#include <string>

namespace theater {

// Reads a whole regular file. Fails with kNotFound, kIo, or kResourceExhausted past `size_max`.
Result<Bytes> read_file(const std::filesystem::path& path, size_t size_max = size_t{1} << 30);

// The same as text.
Result<std::string> read_text_file(const std::filesystem::path& path,
                                   size_t size_max = size_t{64} << 20);

enum class FileMode : unsigned { kPublic = 0644, kPrivate = 0600 };

// Writes a file next to `path`, syncs and renames it, so that a reader sees the old bytes or all of
// the new ones, and a crash leaves one of the two. Fails as FileHandle does.
Result<void> write_file(const std::filesystem::path& path, ByteView bytes,
                        FileMode mode = FileMode::kPublic);

}  // namespace theater
