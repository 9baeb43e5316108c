// Brings what was recorded to disk, as groups in segments, and keeps the tree of all events.
#pragma once

#include "theater/base/id.h"
#include "theater/base/result.h"
#include "theater/log/merkle/tree.h"
#include "theater/log/segment/segment_contents.h"
#include "theater/log/writer/commit_buffer.h"
#include "theater/log/writer/log.h"
#include "theater/log/writer/log_end.h"
#include "theater/log/writer/segment_writer.h"
#include "theater/store/blob_store.h"

#include <cstdint>
#include <filesystem>
#include <unordered_map>

namespace theater::log {

// Move-only, not thread-safe. After a call has failed, none may follow.
class GroupWriter {
 public:
  // A group that would have more bytes of frames becomes several.
  static constexpr uint64_t kGroupBytesMax = uint64_t{64} << 20;

  // Begins a log in the folder `segments`, which is there and empty. `blobs` outlives the object.
  static Result<GroupWriter> begin(const std::filesystem::path& segments, const ActorId& log_id,
                                   BlobStore& blobs, const LogOptions& options);
  // Goes on at `end`, after what was torn there has been removed.
  static Result<GroupWriter> resume(const std::filesystem::path& segments, const LogEnd& end,
                                    BlobStore& blobs, const LogOptions& options);

  // Returns when all of the batch is on disk: blobs first, then bodies, then events. Fills in where
  // bodies are.
  Result<void> commit(Batch& batch);

  // Whether so many bytes can be written without a new segment and without making room.
  bool has_room(uint64_t bytes) const { return !is_segment_full() && segment_.has_room(bytes); }

  // Gives back the room that was set aside.
  Result<void> give_back() { return segment_.give_back(); }

  // All that was committed.
  LogPosition position() const { return {tree_.size(), tree_.root()}; }

 private:
  struct Range {
    size_t begin = 0;
    size_t end = 0;
  };
  GroupWriter(std::filesystem::path segments, SegmentWriter segment, const ActorId& log_id,
              BlobStore& blobs, const LogOptions& options);
  bool is_segment_full() const;
  Result<void> next_segment();
  Result<void> write_group(Batch& batch, const Range& range);
  void take_event(const Batch& batch, size_t index, uint64_t frame_offset);

  std::filesystem::path segments_;
  SegmentWriter segment_;
  ActorId log_id_;
  BlobStore* blobs_;
  uint64_t segment_bytes_;
  uint64_t preallocate_bytes_;
  Tree tree_;
  uint64_t next_actor_ = 1;  // The smallest number that no event has.
  SegmentContents contents_;
  std::unordered_map<uint64_t, ActorId> ids_;  // Of those whose chains have not ended.
};

}  // namespace theater::log
