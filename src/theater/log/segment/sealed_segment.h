// A sealed segment, known by its header and its footer, without reading the bytes between them.
#pragma once

#include "theater/base/file_handle.h"
#include "theater/base/result.h"
#include "theater/log/segment/segment_format.h"

#include <cstdint>
#include <filesystem>

namespace theater::log {

// Move-only. read_event() is safe from any thread.
class SealedSegment {
 public:
  // Reads segment `number` in the folder `segments`. Fails with kNotFound; with kCorrupt, naming
  // the file, if the segment is not sealed or its header or footer is damaged; with kUnsupported,
  // kIo.
  static Result<SealedSegment> open(const std::filesystem::path& segments, uint64_t number);

  const SegmentHeader& header() const { return header_; }
  const SegmentFooter& footer() const { return footer_; }
  // The index of the event after its last one.
  uint64_t end_index() const { return header_.first + footer_.events; }
  // Null if the actor has no events here.
  const FooterActor* find(ActorNumber actor) const;

  // The bytes of the event with the frame at `offset`. Fails with kCorrupt.
  Result<Bytes> read_event(uint64_t offset) const;

 private:
  SealedSegment(FileHandle file, SegmentHeader header)
      : file_(std::move(file)), header_(std::move(header)) {}
  Result<SegmentFooter> read_footer_frame() const;

  FileHandle file_;
  SegmentHeader header_;
  SegmentFooter footer_;
};

}  // namespace theater::log
