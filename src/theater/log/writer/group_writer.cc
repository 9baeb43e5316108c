#include "theater/log/writer/group_writer.h"

#include "theater/base/check.h"
#include "theater/base/crc32c.h"
#include "theater/log/event/little_endian.h"

#include <algorithm>
#include <set>
#include <utility>

namespace theater::log {

namespace fs = std::filesystem;

namespace {

size_t frame_end(const Batch& batch, size_t index) {
  return index + 1 < batch.items.size() ? batch.items[index + 1].frame : batch.frames.size();
}

ByteView event_in(const Batch& batch, size_t index) {
  const Batch::Item& item = batch.items[index];
  size_t head = kFrameHeadSize + (item.bodies == item.bodies_end ? 0 : sizeof(uint64_t));
  size_t begin = item.frame + head;
  return ByteView(batch.frames).subspan(begin, frame_end(batch, index) - begin);
}

// Puts in where the event's bodies are, and the checksum that follows from it.
void set_bodies(std::span<uint8_t> frame, uint64_t bodies) {
  store_u64(frame.subspan(kFrameHeadSize), bodies);
  store_u32(frame, crc32c(frame.subspan(sizeof(uint32_t))));
}

}  // namespace

GroupWriter::GroupWriter(fs::path segments, SegmentWriter segment, const ActorId& log_id,
                         BlobStore& blobs, const LogOptions& options)
    : segments_(std::move(segments)),
      segment_(std::move(segment)),
      log_id_(log_id),
      blobs_(&blobs),
      segment_bytes_(options.segment_bytes),
      preallocate_bytes_(options.preallocate_bytes) {
  ids_.emplace(kNodeActor.value, log_id);
}

Result<GroupWriter> GroupWriter::begin(const fs::path& segments, const ActorId& log_id,
                                       BlobStore& blobs, const LogOptions& options) {
  SegmentHeader header{.log_id = log_id, .number = 0, .first = 0, .next_actor = 1, .peaks = {}};
  SegmentWriter segment =
      THEATER_TRY(SegmentWriter::begin(segments, header, options.preallocate_bytes));
  return GroupWriter(segments, std::move(segment), log_id, blobs, options);
}

Result<GroupWriter> GroupWriter::resume(const fs::path& segments, const LogEnd& end,
                                        BlobStore& blobs, const LogOptions& options) {
  SegmentWriter segment =
      THEATER_TRY(SegmentWriter::resume(segments, end.place, options.preallocate_bytes));
  GroupWriter writer(segments, std::move(segment), end.place.log_id, blobs, options);
  writer.tree_ = end.tree;
  writer.next_actor_ = end.next_actor;
  writer.contents_ = end.contents;
  if (end.is_sealed) THEATER_TRY_VOID(writer.next_segment());
  return writer;
}

// Either file: with many bodies, a segment of full size would stand beside a body file without
// bound.
bool GroupWriter::is_segment_full() const {
  return contents_.events() > 0 &&
         (segment_.end() >= segment_bytes_ || segment_.bodies_end() >= segment_bytes_);
}

Result<void> GroupWriter::next_segment() {
  SegmentHeader header{.log_id = log_id_,
                       .number = segment_.number() + 1,
                       .first = tree_.size(),
                       .next_actor = next_actor_,
                       .peaks = tree_.peaks()};
  segment_ = THEATER_TRY(SegmentWriter::begin(segments_, header, preallocate_bytes_));
  contents_ = SegmentContents();
  packer_.clear();
  return {};
}

Result<void> GroupWriter::commit(Batch& batch) {
  for (const auto& [number, id] : batch.actors)
    ids_.emplace(number.value, id);
  if (batch.items.empty()) return {};
  if (blobs_->pending()) THEATER_TRY_VOID(blobs_->sync());
  Range range;
  while (range.end < batch.items.size()) {
    range.begin = range.end;
    size_t frames_max = batch.items[range.begin].frame + kGroupBytesMax;
    do {
      ++range.end;
    } while (range.end < batch.items.size() && frame_end(batch, range.end) <= frames_max);
    THEATER_TRY_VOID(write_group(batch, range));
  }
  return {};
}

void GroupWriter::take_event(const Batch& batch, size_t index, uint64_t frame_offset) {
  ActorNumber actor = batch.items[index].actor;
  Result<EventHead> head = event_head(event_in(batch, index));
  THEATER_CHECK(head, "an event of actor number {} is not well formed", actor.value);
  if (contents_.add(actor, head->seq, frame_offset)) {
    auto id = ids_.find(actor.value);
    THEATER_CHECK(id != ids_.end(), "actor number {} is nobody, or its chain has ended",
                  actor.value);
    contents_.name(actor, id->second);
    next_actor_ = std::max(next_actor_, actor.value + 1);
  }
  if (head->is_last) ids_.erase(actor.value);
  tree_.append(batch.leaves[index]);
}

// The records of the group's bodies, for the end of the body file. Completes the frames of their
// events.
Bytes GroupWriter::pack_bodies(Batch& batch, const Range& range) {
  Bytes records;
  size_t bodies_begin = batch.items[range.begin].bodies;
  size_t bodies_end = batch.items[range.end - 1].bodies_end;
  if (bodies_begin == bodies_end) return records;
  std::set<Hash> taken;  // The events whose payloads a receiver takes in this same group.
  for (size_t i = bodies_begin; i < bodies_end; ++i)
    if (batch.bodies[i].use.twin) taken.insert(*batch.bodies[i].use.twin);
  for (size_t i = range.begin; i < range.end; ++i) {
    const Batch::Item& item = batch.items[i];
    if (item.bodies == item.bodies_end) continue;
    set_bodies(std::span(batch.frames).subspan(item.frame, frame_end(batch, i) - item.frame),
               segment_.next_body() + records.size());
    for (size_t at = item.bodies; at < item.bodies_end; ++at) {
      const Batch::Body& body = batch.bodies[at];
      BodyPacker::Input input{.bytes = batch.bytes_of(body),
                              .salt = body.salt,
                              .actor = item.actor,
                              .event = batch.leaves[i],
                              .use = body.use};
      bool is_left_out =
          body.use.keep == KeepBytes::kNever ||
          (body.use.keep == KeepBytes::kUntilTaken && taken.contains(batch.leaves[i]));
      uint64_t offset = segment_.next_body() + records.size();
      append_body(records, is_left_out ? packer_.pack_absent(input) : packer_.pack(input, offset));
    }
  }
  return records;
}

Result<void> GroupWriter::write_group(Batch& batch, const Range& range) {
  if (is_segment_full()) {
    THEATER_TRY_VOID(segment_.seal(contents_.footer()));
    THEATER_TRY_VOID(next_segment());
  }
  const Batch::Item& first = batch.items[range.begin];
  GroupTrailer trailer{.log_id = log_id_,
                       .segment = segment_.number(),
                       .first = tree_.size(),
                       .count = range.end - range.begin,
                       .offset = segment_.end(),
                       .bodies_end = segment_.bodies_end(),
                       .root = {}};
  for (size_t i = range.begin; i < range.end; ++i) {
    take_event(batch, i, segment_.end() + (batch.items[i].frame - first.frame));
  }
  Bytes bodies = pack_bodies(batch, range);
  if (!bodies.empty()) THEATER_TRY_VOID(segment_.write_bodies(bodies));
  trailer.bodies_end = segment_.bodies_end();
  trailer.root = tree_.root();
  Bytes trailer_frame;
  append_trailer(trailer_frame, trailer);
  size_t frames_end = frame_end(batch, range.end - 1);
  return segment_.write_group(ByteView(batch.frames).subspan(first.frame, frames_end - first.frame),
                              trailer_frame);
}

}  // namespace theater::log
