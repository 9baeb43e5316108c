#include "theater/log/check/tree.h"

#include <fmt/format.h>

#include <algorithm>
#include <type_traits>
#include <utility>

namespace theater::log::check {

TreeStage::TreeStage(std::vector<uint64_t> sizes, FindingList& findings)
    : findings_(findings), sizes_(std::move(sizes)) {
  std::sort(sizes_.begin(), sizes_.end());
  note_root();
}

void TreeStage::run(Chunk& chunk) {
  const SegmentImage& image = *chunk.segment;
  auto on_mark = [&]<class What>(const What& what) {
    if constexpr (std::is_same_v<What, SegmentBegin>) {
      begin_segment(what, image);
    } else if constexpr (std::is_same_v<What, Gap>) {
      is_known_ = false;
    } else if constexpr (std::is_same_v<What, GroupEnd>) {
      end_group(what, image);
    }
  };
  walk(chunk, on_mark, [&](const CheckedEvent& event) {
    if (!is_known_) return;
    tree_.append(event.hash);
    if (next_ < sizes_.size()) note_root();
  });
}

// The peaks are hashes of all events before, so a log that was damaged there is known again here.
void TreeStage::begin_segment(const SegmentBegin& begin, const SegmentImage& image) {
  const SegmentHeader& header = begin.header;
  bool must_agree = begin.follows && is_known_ && !is_doubtful_;
  if (must_agree && header.peaks != tree_.peaks()) {
    findings_.add_at(
        Verdict::kInvalid, {.segment = image.number},
        fmt::format("the header's peaks are not those of the {} events before", header.first));
  }
  if (must_agree) return;
  tree_ = Tree(header.first, header.peaks);
  is_known_ = true;
  is_doubtful_ = false;
  while (next_ < sizes_.size() && sizes_[next_] < tree_.size())
    ++next_;
  note_root();
}

void TreeStage::end_group(const GroupEnd& end, const SegmentImage& image) {
  const GroupTrailer& trailer = end.trailer;
  if (!is_known_ || is_doubtful_) return;
  Hash root = tree_.root();
  if (root == trailer.root) return;
  is_doubtful_ = true;
  Place place{image.number, trailer.offset};
  findings_.add({.finding = {.what = fmt::format("the group of events {} to {} ends with the root "
                                                 "{}, but that of its events is {}",
                                                 trailer.first, trailer.first + trailer.count - 1,
                                                 trailer.root.to_string(), root.to_string()),
                             .file = segment_file(image.number),
                             .offset = trailer.offset,
                             .index = trailer.first},
                 .place = place,
                 .group = PlacedFinding::Group{trailer.first, trailer.count}});
}

void TreeStage::note_root() {
  for (; next_ < sizes_.size() && sizes_[next_] == tree_.size(); ++next_)
    roots_.emplace(tree_.size(), tree_.root());
}

std::optional<Hash> TreeStage::root_at(uint64_t size) const {
  auto found = roots_.find(size);
  if (found == roots_.end()) return std::nullopt;
  return found->second;
}

std::optional<Hash> TreeStage::root() const {
  if (!is_known_) return std::nullopt;
  return tree_.root();
}

}  // namespace theater::log::check
