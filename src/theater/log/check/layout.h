// The first stage of check_log(): reads segment after segment, finds the whole groups in them, and
// hands their events on in chunks. What is no whole group is found here, and how the log goes on
// after it: with the next whole group of the segment, or with the next segment.
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

// What follows the last whole group of the newest segment. It may be a write that is going on or
// that a crash tore; if a checkpoint knows of more events than there are, it is damage.
struct TornTail {
  Place place;
  uint64_t bytes = 0;
  std::string text;  // The first thing in it that does not check, and where.
};

// Not thread-safe.
class Layout {
 public:
  // Both outlive it.
  Layout(const LogFiles& files, FindingList& findings) : files_(files), findings_(findings) {}

  // Whether the next fill() may read a segment, and there is no memory for it until chunks are
  // cleared.
  bool must_wait() const;

  // Makes `chunk`, which is clear, the next part of the log. False if there is none.
  bool fill(Chunk& chunk);

  // After the last:
  const ActorId& log_id() const { return log_id_; }
  // How many events the log has by what its last whole group says.
  uint64_t events() const { return index_; }
  uint64_t groups() const { return groups_; }
  uint64_t segments() const { return segments_; }
  const std::optional<TornTail>& tail() const { return tail_; }

  // Bytes that were read, of those in files_.bytes().
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
  // A few segments at once, however many chunks there are.
  std::vector<std::shared_ptr<SegmentImage>> images_;
  size_t next_file_ = 0;
  uint64_t next_number_ = 0;

  std::shared_ptr<SegmentImage> image_;  // The segment that is being read; null between two.
  SegmentHeader header_;
  std::optional<GroupScanner> scanner_;
  const ScannedGroup* group_ = nullptr;  // The one that is being handed on, from event_ on.
  size_t event_ = 0;
  size_t resumed_ = 0;    // How often this segment went on after damage.
  bool is_whole_ = true;  // Nothing of this segment was lost.
  bool is_exact_ = true;  // index_ follows from everything before.

  bool has_log_id_ = false;
  ActorId log_id_;
  uint64_t index_ = 0;
  uint64_t groups_ = 0;
  uint64_t segments_ = 0;
  uint64_t bytes_read_ = 0;
  std::optional<TornTail> tail_;
};

}  // namespace theater::log::check
