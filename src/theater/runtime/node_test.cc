#include "theater/runtime/node.h"

#include "theater/base/file.h"
#include "theater/base/testing/temporary_folder.h"
#include "theater/handlers/extra_handlers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace theater::node_test {

using ::testing::HasSubstr;

// How many times this program has built the handlers.
int handlers_built = 0;

}  // namespace theater::node_test

namespace theater {

// The build's own definition is in a source of nothing else, so this program links this one.
void add_extra_handlers(const HandlerSettings&, HandlerSet&) {
  ++node_test::handlers_built;
}

}  // namespace theater

namespace theater::node_test {

NodeOptions options_for(const TemporaryFolder& folder) {
  return {.home = folder.path() / "home", .holder = "the first holder"};
}

TEST(Node, RefusesAHomeThatAnotherHolds) {
  TemporaryFolder folder;
  auto node = Node::open(options_for(folder));
  ASSERT_TRUE(node) << node.error().to_string();
  NodeOptions second = options_for(folder);
  second.holder = "the second";
  auto refused = Node::open(second);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), ErrorCode::kUnavailable);
  EXPECT_THAT(refused.error().to_string(), HasSubstr("the first holder"));
}

TEST(Node, MakesNothingWhereALogIsNeeded) {
  TemporaryFolder folder;
  NodeOptions options = options_for(folder);
  options.no_log = NodeOptions::NoLog::kRefuse;
  auto refused = Node::open(options);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), ErrorCode::kNotFound);
  EXPECT_FALSE(std::filesystem::exists(options.home));
  ASSERT_TRUE((*Node::open(options_for(folder)))->close());
  EXPECT_TRUE(Node::open(options));
}

TEST(Node, OpensRecoversAndCloses) {
  TemporaryFolder folder;
  for (int round = 0; round < 2; ++round) {
    auto node = Node::open(options_for(folder));
    ASSERT_TRUE(node) << node.error().to_string();
    ASSERT_TRUE((*node)->prepare_recovery(Policy::default_policy()));
    EXPECT_FALSE((*node)->recovery().anything());
    auto report = (*node)->recover();
    ASSERT_TRUE(report) << report.error().to_string();
    EXPECT_EQ(report->actors, 0u);
    EXPECT_TRUE((*node)->close());
  }
}

TEST(Node, BuildsItsHandlersOnce) {
  TemporaryFolder folder;
  int before = handlers_built;
  auto node = Node::open(options_for(folder));
  ASSERT_TRUE(node) << node.error().to_string();
  EXPECT_EQ(handlers_built, before + 1);
}

TEST(Node, SetsADamagedLogAsideOnlyIfThatIsAccepted) {
  TemporaryFolder folder;
  NodeOptions options = options_for(folder);
  ASSERT_TRUE((*Node::open(options))->close());
  int calls = 0;
  std::optional<AcceptedDamage> accepted;
  options.accept_damage = [&](const std::optional<AcceptedDamage>& damage) {
    ++calls;
    accepted = damage;
  };
  ASSERT_TRUE((*Node::open(options))->close());
  EXPECT_EQ(calls, 1);
  EXPECT_FALSE(accepted);

  // A checkpoint that the node has not signed.
  ASSERT_TRUE(write_file(options.home / "log" / "checkpoint", as_bytes("nonsense\n")));
  auto refused = Node::open(options_for(folder));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), ErrorCode::kCorrupt);
  auto node = Node::open(options);
  ASSERT_TRUE(node) << node.error().to_string();
  EXPECT_EQ(calls, 2);
  ASSERT_TRUE(accepted);
  EXPECT_EQ(accepted->log.place, options.home / "damaged" / "1");
}

}  // namespace theater::node_test
