#include "theater/api/refusal_lines.h"

#include <gtest/gtest.h>

namespace theater::api::refusal_lines_test {

using std::chrono::milliseconds;

TEST(RefusalLines, SayAtMostOneLineASecondAndCountAll) {
  RefusalLines lines;
  EXPECT_EQ(lines.due(milliseconds(0)), std::nullopt);
  lines.add({"address 192.0.2.1", RefusalReason::kToken});
  EXPECT_EQ(lines.due(milliseconds(5)),
            "requests refused: 1, the last of address 192.0.2.1 (reason: token); since the start 1 "
            "without a right and 0 beyond a right");
  for (int count = 0; count < 1000; ++count)
    lines.add({"token ci", RefusalReason::kScope});
  EXPECT_EQ(lines.due(milliseconds(1004)), std::nullopt);
  EXPECT_EQ(lines.due(milliseconds(1005)),
            "requests refused: 1000, the last of token ci (reason: scope); since the start 1 "
            "without a right and 1000 beyond a right");
  EXPECT_EQ(lines.due(milliseconds(9000)), std::nullopt);
  EXPECT_EQ(lines.totals(), (RefusalTotals{1, 1000}));
}

}  // namespace theater::api::refusal_lines_test
