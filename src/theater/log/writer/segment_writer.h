// The segment that is being written, and its body file.
//
// Room is set aside in steps, so that a sync mostly has no new length to write. Each call returns
// when what it wrote is on disk. After one has failed, nothing more may be asked of the object:
// what is on disk then is only known at the next opening.
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
  // Makes the files' folder `segments` hold a new segment with this header. Fails with
  // kAlreadyExists, kResourceExhausted, kIo.
  static Result<SegmentWriter> begin(const std::filesystem::path& segments,
                                     const SegmentHeader& header, uint64_t preallocate_bytes);

  // Goes on in one that is there, after its last whole group. Nothing but zeros may follow there,
  // and nothing in its body file.
  struct Place {
    ActorId log_id;
    uint64_t number = 0;
    uint64_t end = 0;
    uint64_t bodies_end = 0;
  };
  static Result<SegmentWriter> resume(const std::filesystem::path& segments, const Place& place,
                                      uint64_t preallocate_bytes);

  uint64_t number() const { return place_.number; }
  // Where the next group goes.
  uint64_t end() const { return place_.end; }
  // Where the body file ends; 0 if there is none.
  uint64_t bodies_end() const { return place_.bodies_end; }
  // Where the next record of a body goes.
  uint64_t next_body() const;

  // Appends records to the body file, which is made if it is not there.
  Result<void> write_bodies(ByteView records);

  // Appends a group: its events' frames and its trailer.
  Result<void> write_group(ByteView frames, ByteView trailer);

  // Whether room for a group of so many bytes is set aside.
  bool has_room(uint64_t bytes) const { return place_.end + bytes <= file_size_; }

  // Ends the segment. Nothing may be written after it.
  Result<void> seal(const SegmentFooter& footer);

  // Gives back the room that was set aside. More may be written after it.
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
