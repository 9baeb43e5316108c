// The first stage of check_log(): reads segment after segment, finds the whole groups in them, and
// passes their events on in chunks. After damage it continues with the next whole group of the
// segment, or with the next segment.
#pragma once

#include "theater/log/check/chunk.h"
#include "theater/log/check/files.h"
#include "theater/log/check/findings.h"
#include "theater/log/segment/segment_scan.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace theater::log::check {

// The bytes after the last whole group of the newest segment. They may be a write in progress, or
// one that a crash tore. They are damage if a checkpoint names more events than the log has.
struct TornTail {
  Place place;
  uint64_t bytes = 0;
  std::string text;  // The first fault in it, and its place.
};

// Not thread-safe.
class Layout {
 public:
  // Both outlive the stage.
  Layout(const LogFiles& files, FindingList& findings) : files_(files), findings_(findings) {}

  // Whether the next fill() may read a segment for which there is no memory until chunks are
  // cleared.
  bool must_wait() const;

  // Fills `chunk`, which is clear, with the next part of the log. False at the end of the log.
  bool fill(Chunk& chunk);

  // The results, complete after the last chunk.
  const ActorId& log_id() const { return log_id_; }
  // The number of the log's events, by its last whole group.
  uint64_t events() const { return index_; }
  uint64_t groups() const { return groups_; }
  uint64_t segments() const { return segments_; }
  const std::optional<TornTail>& tail() const { return tail_; }

  // The bytes read so far, of those in files_.bytes().
  uint64_t bytes_read() const { return bytes_read_; }

 private:
  bool open_segment(Chunk& chunk);
  bool begin_segment(Chunk& chunk);
  bool check_header(const SegmentHeader& header);
  void find_footer();
  void emit(Chunk& chunk);
  bool next_group(Chunk& chunk);
  void end_segment(Chunk& chunk);
  bool go_on_after_damage(Chunk& chunk);
  void check_end(const ScanStop& stop);
  void lost(std::string what, uint64_t offset);
  std::shared_ptr<SegmentImage> free_image();

  const LogFiles& files_;
  FindingList& findings_;
  // The images of a few segments at a time, however many chunks there are.
  std::vector<std::shared_ptr<SegmentImage>> images_;
  size_t next_file_ = 0;
  uint64_t next_number_ = 0;

  std::shared_ptr<SegmentImage> image_;  // The current segment; null between two.
  SegmentHeader header_;
  std::optional<GroupScanner> scanner_;
  const ScannedGroup* group_ = nullptr;  // The group that is passed on, from event_ on.
  size_t event_ = 0;
  size_t resumed_ = 0;    // The number of continuations after damage in this segment.
  bool is_whole_ = true;  // This segment has lost nothing.
  bool is_exact_ = true;  // index_ follows from all bytes before.

  bool has_log_id_ = false;
  ActorId log_id_;
  uint64_t index_ = 0;
  uint64_t groups_ = 0;
  uint64_t segments_ = 0;
  uint64_t bytes_read_ = 0;
  std::optional<TornTail> tail_;
};

}  // namespace theater::log::check
