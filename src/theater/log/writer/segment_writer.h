// The newest segment, open for writing, and its body file.
//
// The writer reserves room in steps, so that most syncs write no new file length. Each call returns
// when its bytes are on disk. No call may follow a failed one: only the next opening finds out
// which bytes are on disk.
#pragma once

#include "theater/base/bytes.h"
#include "theater/base/file_handle.h"
#include "theater/base/id.h"
#include "theater/base/result.h"
#include "theater/log/segment/segment_format.h"

#include <cstdint>
#include <filesystem>
#include <optional>

namespace theater::log {

// Move-only, not thread-safe.
class SegmentWriter {
 public:
  // Makes a new segment with this header in the folder `segments`. Fails with kAlreadyExists,
  // kResourceExhausted, kIo.
  static Result<SegmentWriter> begin(const std::filesystem::path& segments,
                                     const SegmentHeader& header, uint64_t preallocate_bytes);

  // Continues an existing segment after its last whole group. Only zeros may follow there, and
  // nothing in its body file.
  struct Place {
    ActorId log_id;
    uint64_t number = 0;
    uint64_t end = 0;
    uint64_t bodies_end = 0;
  };
  static Result<SegmentWriter> resume(const std::filesystem::path& segments, const Place& place,
                                      uint64_t preallocate_bytes);

  uint64_t number() const { return place_.number; }
  // The offset of the next group.
  uint64_t end() const { return place_.end; }
  // The end of the body file; 0 if there is none.
  uint64_t bodies_end() const { return place_.bodies_end; }
  // The offset of the next body's record.
  uint64_t next_body() const;

  // Appends records to the body file, and makes the file if it is missing.
  Result<void> write_bodies(ByteView records);

  // Appends a group: its events' frames and its trailer.
  Result<void> write_group(ByteView frames, ByteView trailer);

  // Whether room for a group of `bytes` is reserved.
  bool has_room(uint64_t bytes) const { return place_.end + bytes <= file_size_; }

  // Ends the segment. No write may follow.
  Result<void> seal(const SegmentFooter& footer);

  // Gives back the reserved room. Writes may follow.
  Result<void> give_back();

 private:
  SegmentWriter(std::filesystem::path segments, FileHandle file, const Place& place,
                uint64_t preallocate_bytes)
      : segments_(std::move(segments)),
        file_(std::move(file)),
        place_(place),
        preallocate_bytes_(preallocate_bytes) {}
  Result<void> make_room(uint64_t size);
  Result<void> begin_bodies();

  std::filesystem::path segments_;
  FileHandle file_;
  std::optional<FileHandle> bodies_;
  Place place_;
  uint64_t file_size_ = 0;
  uint64_t preallocate_bytes_;
};

}  // namespace theater::log
