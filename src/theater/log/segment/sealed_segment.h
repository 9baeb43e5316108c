// A segment that has a successor, known by its header and its footer, without reading the bytes
// between them.
//
// A crash may keep the footer from the disk. The groups then say the same, and all of them are
// read.
#pragma once

#include "theater/base/file_handle.h"
#include "theater/base/result.h"
#include "theater/log/segment/segment_format.h"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <utility>

namespace theater::log {

// Where the tail at the end of a segment says that the footer is, by its last bytes alone; none
// without a tail. Fails with kIo or kCorrupt.
Result<std::optional<uint64_t>> find_footer(const FileHandle& segment);

// Move-only. read_event() is safe from any thread.
class SealedSegment {
 public:
  // Reads segment `number` in the folder `segments`. Fails with kNotFound; with kCorrupt, naming
  // the file, if its header or footer is damaged, or if there is no footer and anything but zeros
  // follows the groups; with kUnsupported, kIo.
  static Result<SealedSegment> open(const std::filesystem::path& segments, uint64_t number);

  const SegmentHeader& header() const { return header_; }
  const SegmentFooter& footer() const { return footer_; }
  // The index of the event after its last one.
  uint64_t end_index() const { return header_.first + footer_.events; }
  // Null if the actor has no events here.
  const FooterActor* find(ActorNumber actor) const;

  // Where the footer is missing; none if it is there.
  std::optional<uint64_t> missing_footer() const { return missing_footer_; }

  // The bytes of the event with the frame at `offset`. Fails with kCorrupt.
  Result<Bytes> read_event(uint64_t offset) const;

 private:
  SealedSegment(FileHandle file, SegmentHeader header)
      : file_(std::move(file)), header_(std::move(header)) {}
  Result<SegmentFooter> read_footer_frame(uint64_t offset) const;
  Result<void> rebuild_footer(const std::filesystem::path& segments);

  FileHandle file_;
  SegmentHeader header_;
  SegmentFooter footer_;
  std::optional<uint64_t> missing_footer_;
};

}  // namespace theater::log
