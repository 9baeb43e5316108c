// The contents of a log's folder: its segments, its actors, and the places of their events.
//
// The catalog keeps only a summary of a sealed segment in memory, and reads its footer again when a
// cursor enters it. It follows the newest segment as that grows.
#pragma once

#include "theater/base/file_handle.h"
#include "theater/base/id.h"
#include "theater/base/result.h"
#include "theater/log/segment/segment_format.h"
#include "theater/log/segment/segment_index.h"

#include <cstdint>
#include <deque>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

namespace theater::log {

// Not thread-safe.
class Catalog {
 public:
  struct Segment {
    ReadHeader header;
    uint64_t events = 0;
  };
  // The segment of an actor's events from `first_seq` on.
  struct SeqRange {
    uint64_t segment = 0;
    uint64_t first_seq = 0;
  };
  struct Actor {
    ActorId id;
    uint64_t events = 0;
    std::vector<SeqRange> ranges;
  };

  explicit Catalog(std::filesystem::path folder) : folder_(std::move(folder)) {}

  // Looks for new groups and segments. Fails with kNotFound if there is no log, else as
  // LogReader::refresh() does. Keeps the findings before the failure.
  Result<void> refresh();

  const std::filesystem::path& folder() const { return folder_; }
  // In the order of their numbers, without a gap.
  const std::vector<Segment>& segments() const { return segments_; }
  const std::map<ActorNumber, Actor>& actors() const { return actors_; }
  uint64_t size() const;

  // The index of a segment in segments(). refresh() extends that of the newest.
  Result<std::shared_ptr<const SegmentIndex>> index(uint64_t segment);

 private:
  // The last segment, which may grow.
  struct Newest {
    FileHandle file;
    std::shared_ptr<SegmentIndex> index;      // Null before its first use.
    std::map<ActorNumber, uint64_t> counted;  // The events of each actor that actors_ counts.
  };

  Result<void> check_numbers(const std::vector<uint64_t>& numbers) const;
  // None for a newest segment whose header is not written yet.
  Result<std::optional<ReadHeader>> read_segment_header(uint64_t number, bool is_last) const;
  Result<void> check_header(uint64_t number, const SegmentHeader& header) const;
  Result<void> begin_newest(uint64_t number, const ReadHeader& header);
  // Takes in all present events, up to event `end` if another segment begins with it.
  Result<void> extend_newest(std::optional<uint64_t> end);
  Result<void> seal_newest(uint64_t end);
  Result<void> take_in_newest();
  bool fits(const SegmentIndex& index) const;
  Result<SegmentIndex> load_index(uint64_t segment) const;
  void remember(uint64_t segment, std::shared_ptr<const SegmentIndex> index);

  std::filesystem::path folder_;
  std::vector<Segment> segments_;
  std::map<ActorNumber, Actor> actors_;
  std::optional<Newest> newest_;
  // The last used indexes. Cursors share them, and may keep them longer.
  std::deque<std::pair<uint64_t, std::shared_ptr<const SegmentIndex>>> recent_;
};

}  // namespace theater::log
