// The runtime with the real engine, on worker threads.
#include "theater/runtime/testing/echo_actor.h"
#include "theater/runtime/testing/engine_node.h"

#include <gtest/gtest.h>

namespace theater::runtime_engine_test {

struct RuntimeEngineTest : ::testing::Test, testing::EngineNode {
  RuntimeEngineTest() : EngineNode(1) {}

  static SpawnRequest echo(const std::string& more = "") {
    SpawnRequest request;
    request.manifest = *parse_manifest("name = \"echo\"\ncomponent = \"echo.wat\"\n" + more +
                                           "[[handler]]\ntype = \"message-server\"\n",
                                       "echo.toml", "/");
    request.component = to_bytes(testing::kEchoActor);
    return request;
  }
};

TEST_F(RuntimeEngineTest, RunsAComponent) {
  auto spawned = runtime.spawn(echo());
  ASSERT_TRUE(spawned) << spawned.error().to_string();
  EXPECT_TRUE(runtime.send(spawned->id, as_bytes("kept")));
  auto answer = runtime.request(spawned->id, as_bytes("ping"));
  ASSERT_TRUE(answer) << answer.error().to_string();
  EXPECT_EQ(as_text(*answer), "ping");
  log::Chain chain = *runtime.chain(spawned->id);
  std::string outline;
  chain.for_each([&](uint64_t, ByteView bytes, const Hash&) {
    auto event = *log::decode_event(bytes);
    outline += std::string(log::body_name(event.body)) + " ";
  });
  EXPECT_EQ(outline, "genesis instance call note returned call returned call returned ");
  expect_whole(spawned->id);
}

TEST_F(RuntimeEngineTest, ATrapEndsOneActorAndNoOther) {
  auto one = runtime.spawn(echo());
  auto two = runtime.spawn(echo());
  ASSERT_TRUE(one && two);
  auto failed = runtime.request(one->id, as_bytes("!"));
  ASSERT_FALSE(failed);
  EXPECT_NE(failed.error().message().find("unreachable"), std::string::npos)
      << failed.error().message();
  EXPECT_TRUE(std::holds_alternative<log::EndedFailed>(runtime.wait_ended(one->id)->how));
  EXPECT_TRUE(runtime.request(two->id, as_bytes("still here")));
  expect_whole(one->id);
}

TEST_F(RuntimeEngineTest, ASpinningGuestLeavesTheWorkerToOthersAndCanBeKilled) {
  auto spinning = runtime.spawn(echo());
  auto other = runtime.spawn(echo());
  ASSERT_TRUE(spinning && other);
  std::atomic<int> answers{0};
  runtime.request(spinning->id, {}, [&](const Result<Bytes>& answer) {
    EXPECT_FALSE(answer);
    ++answers;
  });
  for (int i = 0; i < 3; ++i)
    EXPECT_TRUE(runtime.request(other->id, as_bytes("x")));
  EXPECT_EQ(answers.load(), 0);
  ASSERT_TRUE(runtime.kill(spinning->id));
  auto ended = runtime.wait_ended(spinning->id);
  ASSERT_TRUE(ended);
  EXPECT_TRUE(std::holds_alternative<log::EndedKilled>(ended->how));
  EXPECT_EQ(answers.load(), 1);
  expect_whole(spinning->id);
}

TEST_F(RuntimeEngineTest, ACallThatUsesUpItsTimeIsALimit) {
  auto spawned = runtime.spawn(echo("[limits]\ncall_cpu_ms = 5\n"));
  ASSERT_TRUE(spawned) << spawned.error().to_string();
  auto answer = runtime.request(spawned->id, {});
  ASSERT_FALSE(answer);
  EXPECT_NE(answer.error().message().find("cpu-limit"), std::string::npos)
      << answer.error().message();
  EXPECT_TRUE(std::holds_alternative<log::EndedFailed>(runtime.wait_ended(spawned->id)->how));
  expect_whole(spawned->id);
}

TEST_F(RuntimeEngineTest, BytesThatAreNoComponentAreRefused) {
  SpawnRequest request = echo();
  request.component = to_bytes(std::string_view("\0asm\1\0\0\0", 8));
  auto spawned = runtime.spawn(std::move(request));
  ASSERT_FALSE(spawned);
  EXPECT_EQ(spawned.error().code(), ErrorCode::kInvalidArgument) << spawned.error().to_string();
}

}  // namespace theater::runtime_engine_test
