// How long the disk alone takes, to print next to a figure that waits for the disk. It writes the
// bytes of a group of one event into room that was set aside, and syncs them.
#pragma once

#include "theater/base/bytes.h"
#include "theater/base/file_handle.h"
#include "theater/log/segment/segment_format.h"

#include <cstdint>
#include <filesystem>
#include <optional>

#include "expect.h"

namespace theater::bench {

// For one thread.
class BareWrites {
 public:
  enum class Room : uint8_t {
    kSetAside,
    kWritten,  // With zeros.
  };

  // Makes the file, which must be on the file system in question. It has room for some thousands of
  // writes.
  BareWrites(const std::filesystem::path& path, size_t event_bytes, Room room = Room::kSetAside)
      : bytes_(group_of_one(event_bytes)),
        file_(expect(FileHandle::open(path, OpenMode::kCreate))) {
    constexpr uint64_t kRoomBytes = uint64_t{4} << 20;
    if (room == Room::kWritten) {
      expect(file_.write_at(0, Bytes(kRoomBytes)));
    } else {
      expect(file_.preallocate(kRoomBytes));
    }
    expect(file_.sync());
  }

  // Returns when the bytes are on disk.
  void write() {
    expect(file_.write_at(offset_, bytes_));
    expect(file_.sync());
    offset_ += bytes_.size();
  }

  // Of one write.
  size_t bytes() const { return bytes_.size(); }

 private:
  static Bytes group_of_one(size_t event_bytes) {
    Bytes bytes;
    log::append_event_frame(bytes, log::kNodeActor, Bytes(event_bytes), std::nullopt);
    log::append_trailer(bytes, {});
    return bytes;
  }

  Bytes bytes_;
  FileHandle file_;
  uint64_t offset_ = 0;
};

}  // namespace theater::bench
