// Writes recorded events to disk, as groups in segments, and keeps the tree of all events.
#pragma once

#include "theater/base/id.h"
#include "theater/base/result.h"
#include "theater/log/merkle/tree.h"
#include "theater/log/segment/body_packer.h"
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

// Move-only, not thread-safe. No call may follow a failed one.
class GroupWriter {
 public:
  // The most bytes of frames in one group; a larger batch becomes several groups.
  static constexpr uint64_t kGroupBytesMax = uint64_t{64} << 20;

  // Begins a log in the existing empty folder `segments`. `blobs` outlives the object.
  static Result<GroupWriter> begin(const std::filesystem::path& segments, const ActorId& log_id,
                                   BlobStore& blobs, const LogOptions& options);
  // Continues a log at `end`, whose torn tails are removed.
  static Result<GroupWriter> resume(const std::filesystem::path& segments, const LogEnd& end,
                                    BlobStore& blobs, const LogOptions& options);

  // Returns when the whole batch is on disk: blobs first, then bodies, then events. Completes the
  // frames with the offsets of bodies.
  Result<void> commit(Batch& batch);

  // Whether a write of `bytes` needs neither a new segment nor more room.
  bool has_room(uint64_t bytes) const { return !is_segment_full() && segment_.has_room(bytes); }

  // Gives back the reserved room.
  Result<void> give_back() { return segment_.give_back(); }

  // The position after all committed events.
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
  Bytes pack_bodies(Batch& batch, const Range& range);

  std::filesystem::path segments_;
  SegmentWriter segment_;
  ActorId log_id_;
  BlobStore* blobs_;
  uint64_t segment_bytes_;
  uint64_t preallocate_bytes_;
  Tree tree_;
  uint64_t next_actor_ = 1;  // The smallest unused number.
  SegmentContents contents_;
  BodyPacker packer_;
  std::unordered_map<uint64_t, ActorId> ids_;  // The actors whose chains have not ended.
};

}  // namespace theater::log
