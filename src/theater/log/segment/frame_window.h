// Reads the frames of one segment from its file, a part at a time.
#pragma once

#include "theater/base/bytes.h"
#include "theater/base/file_handle.h"
#include "theater/base/result.h"
#include "theater/log/segment/segment_format.h"

#include <cstdint>
#include <utility>

namespace theater::log {

// Not thread-safe.
class FrameWindow {
 public:
  explicit FrameWindow(FileHandle file) : file_(std::move(file)) {}

  // The event's frame at `offset`, valid until the next call. Reads nothing from `limit` on, where
  // another process may write. Fails with kCorrupt, kIo.
  Result<Frame> read_event(uint64_t offset, uint64_t limit);

 private:
  // Makes the window hold at least `size` bytes from `offset` on.
  Result<void> fill(uint64_t offset, uint64_t size, uint64_t limit);

  FileHandle file_;
  Bytes bytes_;
  uint64_t begin_ = 0;
};

}  // namespace theater::log
