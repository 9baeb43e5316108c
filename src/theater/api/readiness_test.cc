// Whether the node is ready: to a load balancer, to a client, and after its disk has failed.
#include "theater/api/testing/node_api.h"
#include "theater/base/file_faults.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <string>
#include <thread>
#include <vector>

namespace theater::api::readiness_test {

using ::testing::HasSubstr;

class RecoveringNode : public NodeApiTest {
 protected:
  RecoveringNode() : NodeApiTest(Recovery::kInProgress) {}
};

TEST_F(RecoveringNode, IsHealthyAndNotReady) {
  EXPECT_EQ(get("/healthz").status, 200);
  Answer early = get("/readyz");
  EXPECT_EQ(early.status, 503);
  EXPECT_EQ(early.code(), "unavailable");
  EXPECT_THAT(early.text, HasSubstr("recovering its actors"));
  EXPECT_EQ(early.headers.find("Retry-After"), "1");
  // No token is needed, and one that is wrong changes nothing.
  EXPECT_EQ(ask({.target = "/readyz"}, HttpEndpoint::tcp("127.0.0.1", port)).status, 503);
  EXPECT_EQ(as("wrong", {.target = "/readyz"}).status, 503);
  EXPECT_EQ(get("/v1/node").json["ready"], false);
  EXPECT_EQ(get("/v1/actors").status, 503);
  Answer refused = ask(start_call());
  EXPECT_EQ(refused.status, 503);
  EXPECT_EQ(refused.headers.find("Retry-After"), "1");

  server->set_ready();
  EXPECT_EQ(get("/readyz").status, 200);
  EXPECT_EQ(get("/v1/node").json["ready"], true);
  EXPECT_EQ(get("/v1/actors").status, 200);
}

// A disk on which a sync of the log fails as soon as a test says so.
class FailingDisk : public FileFaults {
 public:
  FailingDisk() { set_file_faults(this); }
  ~FailingDisk() override { set_file_faults(nullptr); }
  FailingDisk(const FailingDisk&) = delete;
  FailingDisk& operator=(const FailingDisk&) = delete;

  FileFault before(FileCall call, const std::filesystem::path& path) override {
    bool is_struck = fails && call == FileCall::kSync && path.extension() == ".segment";
    return {.error = is_struck ? EIO : 0};
  }

  std::atomic<bool> fails{false};
};

// The disk is there before the node and after it.
class NodeOfAFailingDisk : public FailingDisk, public NodeApiTest {};

TEST_F(NodeOfAFailingDisk, IsNotReadyAfterALostWriteAndSaysWhy) {
  std::string actor = start();
  EXPECT_EQ(get("/readyz").status, 200);
  fails = true;
  Answer lost = post(actor + "/send", "never on record");
  EXPECT_GE(lost.status, 500) << lost.text;
  fails = false;
  for (int count = 0; count < 2; ++count) {
    Answer failed = get("/readyz");
    EXPECT_EQ(failed.status, 503);
    EXPECT_THAT(failed.text, HasSubstr("cannot write its log"));
    EXPECT_THAT(failed.text, HasSubstr("Input/output error"));
  }
  EXPECT_GE(post(actor + "/send", "nor this").status, 500);
  EXPECT_GE(ask(start_call()).status, 500);
  EXPECT_EQ(get("/healthz").status, 200);
  EXPECT_EQ(get("/v1/node").status, 200);
  EXPECT_EQ(get("/v1/actors").status, 200);
}

TEST_F(NodeOfAFailingDisk, KeepsNoRequestWaitingForWhatNeverComes) {
  std::string paused = start();
  ASSERT_EQ(post(paused + "/pause").status, 200);
  std::vector<std::jthread> waiting;
  std::array<Answer, 3> answers;
  auto ask_later = [&](size_t at, HttpCall call) {
    waiting.emplace_back([this, call, answer = &answers[at]] { *answer = ask(call); });
  };
  ask_later(0, message(paused + "/send", "x"));
  ask_later(1, message(paused + "/request?deadline_ms=600000", "x"));
  ask_later(2, {.target = paused + "/end?timeout_ms=600000"});
  while (get(paused).json["mailbox"] != 2) {
  }
  std::string other = start();
  fails = true;
  EXPECT_GE(post(other + "/send", "never on record").status, 500);
  waiting.clear();
  for (const Answer& answer : answers) {
    EXPECT_EQ(answer.status, 503) << answer.text;
    EXPECT_THAT(answer.text, HasSubstr("cannot write its log"));
  }
}

using ShutDown = NodeApiTest;

TEST_F(ShutDown, IsForAdmins) {
  EXPECT_EQ(as("operate", {.method = "POST", .target = "/v1/shutdown"}).status, 403);
  EXPECT_EQ(shut_downs, 0);
  Answer closing = as("admin", {.method = "POST", .target = "/v1/shutdown"});
  EXPECT_EQ(closing.status, 202);
  EXPECT_EQ(closing.json, Json({{"closing", true}}));
  EXPECT_EQ(post("/v1/shutdown").status, 202);
  EXPECT_EQ(shut_downs, 2);
}

}  // namespace theater::api::readiness_test
