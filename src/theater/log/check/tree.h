// The Merkle tree of a log under check: each trailer's root, each segment's peaks, and the roots at
// the sizes of checkpoints.
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
  // `sizes` are the tree sizes that root_at() may name. `findings` outlives the stage.
  TreeStage(std::vector<uint64_t> sizes, FindingList& findings);

  void run(Chunk& chunk);

  // The root of the tree of `size` events. None if `size` is larger than the log or not in `sizes`,
  // or if earlier events were lost.
  std::optional<Hash> root_at(uint64_t size) const;

  // The root of all events; none if some were lost.
  std::optional<Hash> root() const;

 private:
  void begin_segment(const SegmentBegin& begin, const SegmentImage& image);
  void end_group(const GroupEnd& end, const SegmentImage& image);
  void note_root();

  FindingList& findings_;
  Tree tree_;
  bool is_known_ = true;         // The tree has every event since it was last known.
  bool is_doubtful_ = false;     // A trailer had a wrong root, so later ones will too.
  std::vector<uint64_t> sizes_;  // Ascending; next_ is the first size not reached yet.
  size_t next_ = 0;
  std::map<uint64_t, Hash> roots_;
};

}  // namespace theater::log::check
