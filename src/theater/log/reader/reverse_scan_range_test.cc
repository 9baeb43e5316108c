#include "theater/log/reader/reverse_scan_range.h"

#include <gtest/gtest.h>

#include <vector>

namespace theater::log::reverse_scan_range_test {

TEST(ReverseScanRange, EachIsBeforeTheLastOneAndTwiceAsLong) {
  constexpr uint64_t kEnd = 100'000;
  std::vector<uint64_t> lengths;
  uint64_t left = kEnd;
  for (ReverseScanRange at = ReverseScanRange::before(kEnd); at.to > 0; at = at.earlier()) {
    EXPECT_EQ(at.to, left) << "something was left out, or is read twice";
    lengths.push_back(at.to - at.from);
    left = at.from;
  }
  EXPECT_EQ(left, 0u);
  EXPECT_EQ(lengths, (std::vector<uint64_t>{4096, 8192, 16384, 32768, 38560}));
}

TEST(ReverseScanRange, NothingHasNone) {
  EXPECT_EQ(ReverseScanRange::before(0).to, 0u);
}

}  // namespace theater::log::reverse_scan_range_test
