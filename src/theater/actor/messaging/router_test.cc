#include "theater/actor/messaging/router.h"

#include "theater/actor/scheduling/seeded_scheduler.h"
#include "theater/actor/testing/actor_harness.h"

#include <gtest/gtest.h>

namespace theater::router_test {

using testing::ActorHarness;

struct RouterTest : ::testing::Test {
  std::shared_ptr<ActorCell> cell() { return harness.cell(harness.add(harness.component())); }

  SeededScheduler scheduler{1};
  ActorHarness harness{scheduler};
  Router router;
  RouteCache cache{router};
  ActorId id{{1, 2, 3}};
};

TEST_F(RouterTest, FindsWhatWasAddedUntilItIsRemoved) {
  EXPECT_EQ(router.find(id), nullptr);
  auto added = cell();
  router.add(id, added);
  EXPECT_EQ(router.find(id), added);
  EXPECT_EQ(router.all().size(), 1u);
  router.remove(id);
  EXPECT_EQ(router.find(id), nullptr);
}

TEST_F(RouterTest, ACacheFindsWhatTheRouterFinds) {
  EXPECT_EQ(cache.find(id), nullptr);
  auto first = cell();
  router.add(id, first);
  EXPECT_EQ(cache.find(id), first);
  EXPECT_EQ(cache.find(id), first);
  router.remove(id);
  EXPECT_EQ(cache.find(id), nullptr);
  auto second = cell();
  router.add(id, second);
  EXPECT_EQ(cache.find(id), second);
}

TEST_F(RouterTest, ACacheKeepsNobodyAlive) {
  auto added = cell();
  router.add(id, added);
  EXPECT_EQ(cache.find(id), added);
  long uses = added.use_count();
  router.remove(id);
  EXPECT_EQ(added.use_count(), uses - 1);
}

// Ids that share a place do not take each other's answers.
TEST_F(RouterTest, ACacheTellsIdsApart) {
  auto first = cell();
  auto second = cell();
  ActorId other{{9, 2, 3}};
  router.add(id, first);
  router.add(other, second);
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(cache.find(id), first);
    EXPECT_EQ(cache.find(other), second);
  }
}

}  // namespace theater::router_test
