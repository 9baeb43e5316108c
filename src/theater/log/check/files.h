// The files of a log that is checked: which there are and how large they are when the check begins.
// Nothing about them is believed: a name may belong to a folder, a link or a pipe.
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
  uint64_t bodies_size = 0;  // 0 if there is none.
};

struct LogFiles {
  std::filesystem::path folder;
  std::vector<SegmentFile> segments;  // By number.

  uint64_t bytes() const;
};

// Fails with kNotFound if there is no folder for segments, or kIo. There may be no segment in it.
Result<LogFiles> find_files(const std::filesystem::path& folder);

// Reads a segment and opens its body file. Fails, naming what is wrong, if the segment is no
// regular file, larger than kSegmentBytesMax, or cannot be read.
Result<void> read_segment(const LogFiles& files, const SegmentFile& file, SegmentImage& image,
                          FindingList& findings);

// What is wrong with the body file's header, as far as it is there; nothing if it is right.
std::optional<std::string> bodies_header_fault(const SegmentImage& image);

// Whether the `bytes` bytes from `offset` on are all zero. Fails with kIo or kCorrupt.
Result<bool> only_zeros(const FileHandle& file, uint64_t offset, uint64_t bytes);

// A small text file; none if there is none. Fails if it is no regular file or larger than
// `size_max`.
Result<std::optional<std::string>> read_note(const std::filesystem::path& path, uint64_t size_max);

}  // namespace theater::log::check
