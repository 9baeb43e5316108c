#include "theater/runtime/slow_actors.h"

#include "theater/runtime/testing/seeded_family.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <vector>

namespace theater::slow_actors_test {

using ::testing::HasSubstr;
using namespace std::chrono_literals;

class SlowActorsTest : public ::testing::Test {
 protected:
  std::vector<SlowActors::Slow> look() {
    return slow_.look(node_.family.runtime(), node_.scheduler.clock().wall_us());
  }
  void pass(std::chrono::seconds time) { node_.scheduler.clock().advance(time); }
  void ask_to_spin(const ActorId& id) {
    node_.family.runtime().request(id, as_bytes("spin"), [](auto) {});
    node_.scheduler.run(20);
  }

  testing::Seeded node_{1};
  SlowActors slow_;
};

TEST_F(SlowActorsTest, AreFoundOnceForEachCall) {
  ActorId id = node_.family.add_root();
  ActorId idle = node_.family.add_root();
  ask_to_spin(id);
  EXPECT_TRUE(look().empty());
  pass(31s);
  auto found = look();
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].id, id);
  EXPECT_EQ(found[0].since, 31s);
  EXPECT_THAT(found[0].status.text(), HasSubstr("Processing: "));
  pass(10s);
  EXPECT_TRUE(look().empty());
  EXPECT_NE(id, idle);
}

TEST_F(SlowActorsTest, AreFoundInSetUp) {
  SpawnRequest request = node_.family.root_request("spin");
  node_.family.runtime().spawn(std::move(request), [](auto) {});
  node_.scheduler.run(50);
  pass(40s);
  auto found = look();
  ASSERT_EQ(found.size(), 1u);
  EXPECT_THAT(found[0].status.text(), HasSubstr("Starting: running init"));
}

TEST_F(SlowActorsTest, AreForgottenWhenTheyAreFree) {
  ActorId id = node_.family.add_root();
  ask_to_spin(id);
  pass(31s);
  EXPECT_EQ(look().size(), 1u);
  ASSERT_TRUE(node_.family.runtime().kill(id));
  node_.scheduler.run(1000);
  pass(31s);
  EXPECT_TRUE(look().empty());
}

}  // namespace theater::slow_actors_test
