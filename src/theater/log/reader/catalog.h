// What a log's folder holds: its segments, its actors, and where the events of each are.
//
// Of sealed segments only a summary stays in memory; where their events are is read again from
// their footers when somebody goes there. The newest segment is followed as it grows.
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
  // Where an actor's events with `seq` from `first_seq` on are.
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

  // Looks for groups and segments that were added. Fails with kNotFound if there is no log, else as
  // LogReader::refresh() does. What was found before the failure is there.
  Result<void> refresh();

  const std::filesystem::path& folder() const { return folder_; }
  // By number, of which none is missing.
  const std::vector<Segment>& segments() const { return segments_; }
  const std::map<ActorNumber, Actor>& actors() const { return actors_; }
  uint64_t size() const;

  // Of a segment in segments(). That of the newest grows with refresh().
  Result<std::shared_ptr<const SegmentIndex>> index(uint64_t segment);

 private:
  // The last segment, which may grow.
  struct Newest {
    FileHandle file;
    std::shared_ptr<SegmentIndex> index;      // Null until it is first looked at.
    std::map<ActorNumber, uint64_t> counted;  // How many of its events actors_ knows of.
  };

  Result<void> check_numbers(const std::vector<uint64_t>& numbers) const;
  // None for a newest segment whose header is not written yet.
  Result<std::optional<ReadHeader>> read_segment_header(uint64_t number, bool is_last) const;
  Result<void> check_header(uint64_t number, const SegmentHeader& header) const;
  Result<void> begin_newest(uint64_t number, const ReadHeader& header);
  // Takes in all that is there, up to the event `end` if another segment begins with it.
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
  // The indexes that were used last. They are shared with cursors, which may outlast them here.
  std::deque<std::pair<uint64_t, std::shared_ptr<const SegmentIndex>>> recent_;
};

}  // namespace theater::log
