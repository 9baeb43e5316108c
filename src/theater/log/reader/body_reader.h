// Reads the detached payloads of a segment's events from its body file.
#pragma once

#include "theater/base/file_handle.h"
#include "theater/base/id.h"
#include "theater/base/result.h"
#include "theater/log/reader/log_reader.h"
#include "theater/log/segment/body_unpacker.h"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <utility>
#include <vector>

namespace theater::log {

// Not thread-safe.
class BodyReader {
 public:
  // The file must belong to this log and segment.
  BodyReader(std::filesystem::path path, const ActorId& log_id, uint64_t segment)
      : path_(std::move(path)), log_id_(log_id), segment_(segment) {}

  // The payloads with records from `offset` on, one for each entry of `wanted`. None for each
  // payload that was removed, needs a removed one, or lies beyond the end of a cut or deleted file.
  // Of a payload that is not wanted, only the salt is read, and no byte is checked. Fails with
  // kCorrupt, kUnsupported, kIo.
  Result<std::vector<std::optional<StoredBody>>> read(uint64_t offset,
                                                      const std::vector<bool>& wanted);

 private:
  // Leaves file_ empty if the file or its header is missing.
  Result<void> open();
  Failure damage(uint64_t offset, std::string_view text) const;

  std::filesystem::path path_;
  ActorId log_id_;
  uint64_t segment_;
  std::optional<FileHandle> file_;
  BodyUnpacker unpacker_;
};

}  // namespace theater::log
