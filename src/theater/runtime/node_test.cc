#include "theater/runtime/node.h"

#include "theater/base/file.h"
#include "theater/base/testing/temporary_folder.h"
#include "theater/handlers/extra_handlers.h"
#include "theater/log/check/log_check.h"
#include "theater/runtime/testing/echo_actor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <future>
#include <optional>

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

SpawnRequest echo_request() {
  SpawnRequest request;
  request.manifest = *parse_manifest(
      "name = \"echo\"\ncomponent = \"echo.wat\"\n[[handler]]\ntype = \"runtime\"\n"
      "[[handler]]\ntype = \"message-server\"\n[limits]\ncall_cpu_ms = 3600000\n",
      "echo.toml", "/");
  request.component = to_bytes(testing::kEchoActor);
  return request;
}

TEST(Node, KeepsItsActorsForTheNextOne) {
  TemporaryFolder folder;
  std::optional<ActorId> idle, spinning;
  for (int round = 0; round < 3; ++round) {
    auto opened = Node::open(options_for(folder));
    ASSERT_TRUE(opened) << opened.error().to_string();
    Node& node = **opened;
    ASSERT_TRUE(node.prepare_recovery(Policy::default_policy()));
    auto report = node.recover();
    ASSERT_TRUE(report) << report.error().to_string();
    EXPECT_EQ(report->actors, round == 0 ? 0u : 2u);
    EXPECT_TRUE(report->lost.empty() && report->ended.empty());
    if (round == 0) {
      idle = node.runtime().spawn(echo_request()).value().id;
      spinning = node.runtime().spawn(echo_request()).value().id;
    }
    auto answer = node.runtime().request(*idle, as_bytes("hello"));
    ASSERT_TRUE(answer) << answer.error().to_string();
    EXPECT_EQ(as_text(*answer), "hello");
    // The empty request spins for ever.
    std::promise<Result<Bytes>> spun;
    node.runtime().request(*spinning, {},
                           [&](Result<Bytes> result) { spun.set_value(std::move(result)); });
    EXPECT_TRUE(node.close(Closing::kKeep, std::chrono::milliseconds(20 * round)));
    auto refused = spun.get_future().get();
    ASSERT_FALSE(refused);
    EXPECT_THAT(refused.error().to_string(), HasSubstr("the node is closing"));
    EXPECT_TRUE(node.close()) << "a second time";
    EXPECT_EQ(node.runtime().send(*idle, {}).error().code(), ErrorCode::kUnavailable);
    auto checked = log::check_log(folder.path() / "home" / "log");
    ASSERT_TRUE(checked) << checked.error().to_string();
    EXPECT_TRUE(checked->findings.empty()) << checked->findings[0].what;
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
