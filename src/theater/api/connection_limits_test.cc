#include "theater/api/connection_limits.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace theater::api::connection_limits_test {

using ::testing::HasSubstr;

TEST(ConnectionLimits, LeaveFilesForTheRestOfTheNode) {
  for (uint64_t files : {uint64_t{384}, uint64_t{1024}, uint64_t{1} << 20, UINT64_MAX}) {
    HttpLimits limits = connection_limits(files).value();
    EXPECT_GE(limits.connections_max, kConnectionsMin);
    EXPECT_LE(limits.connections_max, kConnectionsMax);
    EXPECT_LE(limits.connections_max + kOtherFiles, files);
    EXPECT_LT(limits.connections_per_peer_max + limits.connections_kept_for_owner,
              limits.connections_max);
  }
  EXPECT_EQ(connection_limits(1024)->connections_max, 384u);
  EXPECT_EQ(connection_limits(8448)->connections_max, kConnectionsMax);
}

TEST(ConnectionLimits, TooFewFilesAreAnError) {
  for (uint64_t files : {0, 256, 383}) {
    auto limits = connection_limits(files);
    ASSERT_FALSE(limits) << files;
    EXPECT_EQ(limits.error().code(), ErrorCode::kResourceExhausted);
    EXPECT_THAT(limits.error().message(), HasSubstr("a server needs 384"));
  }
}

}  // namespace theater::api::connection_limits_test
