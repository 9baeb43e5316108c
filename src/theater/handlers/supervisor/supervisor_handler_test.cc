#include "theater/handlers/supervisor/supervisor_handler.h"

#include "theater/actor/binding.h"
#include "theater/handlers/testing/handler_fixture.h"

#include <gtest/gtest.h>

namespace theater {
namespace {

using Spawned = tl::expected<std::string, std::string>;
using Stopped = tl::expected<void, std::string>;
using testing::HandlerFixture;

// Keeps the answer of a waiting call.
struct AnswerSink final : ReplySink {
  void answered(CallAnswer answer) override { result = std::move(answer.result); }
  std::optional<Bytes> result;
};

struct SupervisorTest : ::testing::Test, HandlerFixture {
  SupervisorTest() : HandlerFixture(std::make_unique<SupervisorHandler>()) {
    permissions.supervisor.emplace();
  }

  template <class R, class... Args>
  void call_waiting(const std::string& name, const Args&... args) {
    Bytes encoded;
    wit::encode_params(encoded, args...);
    std::get<HostFunction::Waiting>(find<R, Args...>(name).body)(session(), encoded,
                                                                 RawReply(sink, 1));
  }

  std::shared_ptr<AnswerSink> sink = std::make_shared<AnswerSink>();
};

TEST_F(SupervisorTest, HandsTheRequestToTheActorAndItsAnswerBack) {
  call_waiting<Spawned>("spawn", std::string("name = \"x\""), std::optional<Bytes>(Bytes{1, 2}));
  ASSERT_EQ(actor.child_requests.size(), 1u);
  EXPECT_EQ(actor.child_requests[0].manifest, "name = \"x\"");
  EXPECT_EQ(actor.child_requests[0].state, (Bytes{1, 2}));
  EXPECT_FALSE(sink->result);
  std::move(actor.spawn_replies[0]).answer("child");
  EXPECT_EQ(*wit::decode<Spawned>(*sink->result), Spawned("child"));
}

TEST_F(SupervisorTest, StopsTheActorNamed) {
  call_waiting<Stopped>("stop-child", std::string("00112233-4455-6677-8899-aabbccddeeff"));
  ASSERT_EQ(actor.stopped_children.size(), 1u);
  EXPECT_EQ(actor.stopped_children[0].to_string(), "00112233445566778899aabbccddeeff");
}

TEST_F(SupervisorTest, RefusesWhatIsNoActorId) {
  call_waiting<Stopped>("stop-child", std::string("nobody"));
  EXPECT_TRUE(actor.stopped_children.empty());
  auto answer = *wit::decode<Stopped>(*sink->result);
  ASSERT_FALSE(answer);
  EXPECT_TRUE(answer.error().starts_with("Failed to parse actor ID: ")) << answer.error();
}

TEST_F(SupervisorTest, ListsTheChildren) {
  actor.living_children = {actor.id()};
  EXPECT_EQ(call<std::vector<std::string>>("list-children"),
            std::vector<std::string>{actor.id().to_string()});
}

TEST_F(SupervisorTest, RefusesWithoutTheCapability) {
  permissions.supervisor.reset();
  EXPECT_TRUE(call<std::vector<std::string>>("list-children").empty());
  EXPECT_EQ(refused, "supervisor");
  Bytes args;
  wit::encode_params(args, std::string("m"), std::optional<Bytes>());
  EXPECT_EQ((find<Spawned, std::string, std::optional<Bytes>>("spawn").refusal(session(), args)),
            "supervisor");
  args.clear();
  wit::encode_params(args, std::string("id"));
  EXPECT_EQ((find<Stopped, std::string>("stop-child").refusal(session(), args)), "supervisor");
}

TEST_F(SupervisorTest, LeavesNoFunctionHalfOffered) {
  std::vector<std::string> names;
  SupervisorHandler handler;
  for (const HostFunction& function : handler.host_functions())
    names.push_back(function.name.name);
  EXPECT_EQ(names, (std::vector<std::string>{"spawn", "stop-child", "list-children"}));
  names.clear();
  for (const ExportFunction& function : handler.export_functions())
    names.push_back(function.name.name);
  EXPECT_EQ(names, (std::vector<std::string>{"handle-child-error", "handle-child-exit",
                                             "handle-child-external-stop"}));
  check_handler(handler);
}

}  // namespace
}  // namespace theater
