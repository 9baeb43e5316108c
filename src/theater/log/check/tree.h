// The Merkle tree of a log that is checked: each trailer's root, each segment's peaks, and the
// roots at the sizes of checkpoints.
#pragma once

#include "theater/log/check/chunk.h"
#include "theater/log/check/findings.h"
#include "theater/log/merkle/tree.h"

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

namespace theater::log::check {

// Not thread-safe. Takes the chunks in order.
class TreeStage {
 public:
  // `sizes`: of which trees the roots will be asked. `findings` outlives it.
  TreeStage(std::vector<uint64_t> sizes, FindingList& findings);

  void run(Chunk& chunk);

  // Of the tree of `size` events; none if it is larger than the log, not one of `sizes`, or events
  // before were lost.
  std::optional<Hash> root_at(uint64_t size) const;

  // Of all events; none if some were lost.
  std::optional<Hash> root() const;

 private:
  void begin_segment(const SegmentBegin& begin, const SegmentImage& image);
  void end_group(const GroupEnd& end, const SegmentImage& image);
  void note_root();

  FindingList& findings_;
  Tree tree_;
  bool is_known_ = true;         // No event was lost since the tree was last known.
  bool is_doubtful_ = false;     // A trailer said another root; those after it will too.
  std::vector<uint64_t> sizes_;  // Ascending; those that are still to come, from next_ on.
  size_t next_ = 0;
  std::map<uint64_t, Hash> roots_;
};

}  // namespace theater::log::check
