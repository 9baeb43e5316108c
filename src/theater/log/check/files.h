// The files of a log under check, and their sizes when the check begins. The check trusts no name:
// it may belong to a folder, a link or a pipe.
#pragma once

#include "theater/log/check/chunk.h"
#include "theater/log/check/findings.h"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace theater::log::check {

struct SegmentFile {
  uint64_t number = 0;
  uint64_t size = 0;
  uint64_t bodies_size = 0;  // 0 without a body file.
};

struct LogFiles {
  std::filesystem::path folder;
  std::vector<SegmentFile> segments;  // In the order of their numbers.

  uint64_t bytes() const;
};

// Fails with kNotFound if there is no folder for segments, or kIo. The folder may be empty.
Result<LogFiles> find_files(const std::filesystem::path& folder);

// Fails with kUnsupported, as every reader of the log does, if a segment or a body file has the
// version that was never released: nothing can be said of such a log. Any other unknown version may
// be damage, and is a finding. Fails with nothing else: read_segment() reports a file that cannot
// be read.
Result<void> refuse_version_never_released(const LogFiles& files);

// Reads a segment and opens its body file. Fails, naming the fault, if the segment is no regular
// file, is larger than kSegmentBytesMax, or cannot be read.
Result<void> read_segment(const LogFiles& files, const SegmentFile& file, SegmentImage& image,
                          FindingList& findings);

// The fault of the body file's header, as far as the file has one; none if it is right.
std::optional<std::string> bodies_header_fault(const SegmentImage& image);

// Whether the `bytes` bytes from `offset` on are all zero. Fails with kIo or kCorrupt.
Result<bool> only_zeros(const FileHandle& file, uint64_t offset, uint64_t bytes);

// The text of a small file; none if the file is missing. Fails if it is no regular file, or larger
// than `size_max`.
Result<std::optional<std::string>> read_note(const std::filesystem::path& path, uint64_t size_max);

}  // namespace theater::log::check
