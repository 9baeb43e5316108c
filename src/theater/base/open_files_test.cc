#include "theater/base/open_files.h"

#include "theater/base/testing/few_files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace theater::open_files_test {

TEST(OpenFiles, RaisesTheSoftLimitToTheHardOne) {
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
  rlimit low{256, before.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &low), 0);
  EXPECT_EQ(raise_open_files_limit(), before.rlim_max);
  EXPECT_EQ(raise_open_files_limit(), before.rlim_max);
  rlimit after{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &after), 0);
  EXPECT_EQ(after.rlim_cur, before.rlim_max);
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &before), 0);
}

TEST(OpenFiles, EachUserLeavesRoomForThoseBehindIt) {
  FewFiles files(256);
  struct Case {
    FileHolder holder;
    int first_without;
  };
  for (const Case& item : {Case{FileHolder::kGuest, 192}, Case{FileHolder::kClient, 224},
                           Case{FileHolder::kOwner, 240}}) {
    EXPECT_TRUE(has_file_room(item.first_without - 1, item.holder));
    EXPECT_FALSE(has_file_room(item.first_without, item.holder));
    EXPECT_FALSE(has_file_room(-1, item.holder)) << "what could not be opened has no room";
    files.fill_to(item.first_without - 1);
    EXPECT_TRUE(check_file_room(item.holder));
    files.fill_to(item.first_without);
    Result<void> refused = check_file_room(item.holder);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code(), ErrorCode::kResourceExhausted);
    EXPECT_THAT(refused.error().message(), testing::HasSubstr("256 open"));
    files.release();
    EXPECT_TRUE(check_file_room(item.holder)) << "room comes back";
  }
}

}  // namespace theater::open_files_test
