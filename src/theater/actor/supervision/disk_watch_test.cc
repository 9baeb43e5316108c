#include "theater/actor/supervision/disk_watch.h"

#include "theater/actor/scheduling/seeded_scheduler.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace theater::disk_watch_test {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

constexpr uint64_t kMiB = uint64_t{1} << 20;

// A disk of which the test says how full it is.
class DiskWatchTest : public ::testing::Test {
 protected:
  DiskWatchTest() : jobs(scheduler, 10) {}

  DiskWatch watch() {
    return DiskWatch(clock, jobs, [this]() -> Result<DiskSpace> {
      ++looks;
      if (broken) return fail(ErrorCode::kIo, "broken");
      return space;
    });
  }
  // As a turn does, some time later.
  void look(DiskWatch& watch, std::chrono::microseconds later) {
    clock.advance(later);
    watch.look_again();
    scheduler.run();
  }

  SeededScheduler scheduler{1};
  SchedulerJobs jobs;
  ManualClock clock;
  DiskSpace space{100'000 * kMiB, 50'000 * kMiB, 0, 0};
  bool broken = false;
  int looks = 0;
};

TEST_F(DiskWatchTest, HasNoRoomBelowTheFloorAndLessBelowHalfOfIt) {
  space.free_bytes = 256 * kMiB;
  EXPECT_EQ(watch().room({}), DiskRoom::kEnough);
  space.free_bytes = 256 * kMiB - 1;
  EXPECT_EQ(watch().room({}), DiskRoom::kLow);
  EXPECT_EQ(watch().room(100 * kMiB), DiskRoom::kEnough);
  EXPECT_EQ(watch().room(300 * kMiB), DiskRoom::kLow);
  space.free_bytes = 128 * kMiB - 1;
  EXPECT_EQ(watch().room({}), DiskRoom::kNone);
  EXPECT_EQ(watch().room(0), DiskRoom::kEnough) << "the operator has turned it off";
}

TEST_F(DiskWatchTest, LeavesLessOfASmallDisk) {
  space = {20 * kMiB, kMiB, 0, 0};
  EXPECT_EQ(watch().room({}), DiskRoom::kEnough);
  space.free_bytes = kMiB - 1;
  EXPECT_EQ(watch().room({}), DiskRoom::kLow);
  EXPECT_THAT(watch().text({}), HasSubstr("1048575 bytes free, less than min-free-bytes = 1MiB"));
}

TEST_F(DiskWatchTest, CountsInodesToo) {
  space.files = 100'000;
  space.free_files = 1000;
  EXPECT_EQ(watch().room({}), DiskRoom::kEnough);
  space.free_files = 999;
  EXPECT_EQ(watch().room({}), DiskRoom::kLow);
  EXPECT_THAT(watch().text({}), HasSubstr("room for 999 more files, less than 1000"));
  space.free_files = 499;
  EXPECT_EQ(watch().room({}), DiskRoom::kNone);
  EXPECT_EQ(watch().room(0), DiskRoom::kEnough);
}

TEST_F(DiskWatchTest, MeasuresInJobsAndAtMostOnceAPeriod) {
  DiskWatch watched = watch();
  EXPECT_EQ(looks, 1);
  space.free_bytes = 0;
  look(watched, 999ms);
  EXPECT_EQ(looks, 1);
  clock.advance(1ms);
  watched.look_again();
  watched.look_again();
  EXPECT_EQ(looks, 1) << "it is a job's";
  EXPECT_EQ(watched.room({}), DiskRoom::kEnough);
  scheduler.run();
  EXPECT_EQ(looks, 2);
  EXPECT_EQ(watched.room({}), DiskRoom::kNone);
  look(watched, 1ms);
  EXPECT_EQ(looks, 2);
  space.free_bytes = 50'000 * kMiB;
  look(watched, 1s);
  EXPECT_EQ(watched.room({}), DiskRoom::kEnough);
}

TEST_F(DiskWatchTest, KeepsTheLastMeasurementIfOneFails) {
  broken = true;
  DiskWatch watched = watch();
  EXPECT_EQ(watched.room({}), DiskRoom::kEnough);
  broken = false;
  space.free_bytes = 0;
  look(watched, 1s);
  EXPECT_EQ(watched.room({}), DiskRoom::kNone);
  broken = true;
  look(watched, 1s);
  EXPECT_EQ(looks, 3);
  EXPECT_EQ(watched.room({}), DiskRoom::kNone);
}

TEST_F(DiskWatchTest, TellsOnceAMinute) {
  DiskWatch watched = watch();
  EXPECT_TRUE(watched.is_news());
  EXPECT_FALSE(watched.is_news());
  clock.advance(60s);
  EXPECT_TRUE(watched.is_news());
}

TEST(DiskSpace, IsThatOfTheFileSystem) {
  auto space = disk_space("/");
  ASSERT_TRUE(space) << space.error().to_string();
  EXPECT_GT(space->size_bytes, 0u);
  EXPECT_LE(space->free_bytes, space->size_bytes);
  EXPECT_EQ(disk_space("/nowhere/at/all").error().code(), ErrorCode::kNotFound);
}

}  // namespace theater::disk_watch_test
