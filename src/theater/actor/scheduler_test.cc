#include "theater/actor/scheduler.h"

#include "theater/actor/seeded_scheduler.h"

#include <gtest/gtest.h>

#include <functional>
#include <utility>

namespace theater {
namespace {

// Counts its turns; in each it first does what the test wants.
class Probe final : public Task {
 public:
  Probe(Scheduler& scheduler, std::function<bool(Probe&)> turn)
      : Task(scheduler), turn_(std::move(turn)) {}

  int turns() const { return turns_; }

 private:
  Turn take_turn() override {
    ++turns_;
    return turn_(*this) ? Turn::kMore : Turn::kParked;
  }

  std::function<bool(Probe&)> turn_;
  int turns_ = 0;
};

TEST(Scheduler, AWakeDuringATurnLeadsToAnother) {
  SeededScheduler scheduler(1);
  auto probe = std::make_shared<Probe>(scheduler, [](Probe& self) {
    if (self.turns() == 1) {
      self.wake();
      self.wake();
    }
    return false;
  });
  probe->wake();
  scheduler.run();
  EXPECT_EQ(probe->turns(), 2);
  probe->wake();
  scheduler.run();
  EXPECT_EQ(probe->turns(), 3);
}

TEST(Scheduler, AQueuedTaskIsNotQueuedAgain) {
  SeededScheduler scheduler(1);
  auto probe = std::make_shared<Probe>(scheduler, [](Probe&) { return false; });
  for (int i = 0; i < 5; ++i) {
    probe->wake();
  }
  EXPECT_EQ(scheduler.queued(), 1u);
  scheduler.run();
  EXPECT_EQ(probe->turns(), 1);
}

TEST(Scheduler, ATaskWithMoreToDoComesBack) {
  SeededScheduler scheduler(1);
  auto probe = std::make_shared<Probe>(scheduler, [](Probe& self) { return self.turns() < 4; });
  probe->wake();
  EXPECT_EQ(scheduler.run(), 4u);
  EXPECT_EQ(scheduler.queued(), 0u);
}

TEST(Scheduler, AStoppedSchedulerDropsItsTasks) {
  SeededScheduler scheduler(1);
  auto probe = std::make_shared<Probe>(scheduler, [](Probe&) { return false; });
  probe->wake();
  scheduler.stop();
  EXPECT_EQ(scheduler.run(), 0u);
  EXPECT_EQ(probe.use_count(), 1);
}

}  // namespace
}  // namespace theater
