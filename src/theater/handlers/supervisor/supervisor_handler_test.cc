#include "theater/handlers/supervisor/supervisor_handler.h"

#include "theater/actor/handler/binding.h"
#include "theater/handlers/testing/handler_fixture.h"

#include <gtest/gtest.h>

namespace theater::supervisor_handler_test {

using Spawned = tl::expected<std::string, std::string>;
using Stopped = tl::expected<void, std::string>;
using SeenState = tl::expected<std::optional<Bytes>, std::string>;
using SeenEvents = tl::expected<std::vector<log::ChainEvent>, std::string>;
using testing::HandlerFixture;

constexpr const char* kId = "00112233445566778899aabbccddeeff";

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
                                                                 RawResponder(sink, 1));
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

TEST_F(SupervisorTest, ResumesWithTheStateAsItIs) {
  call_waiting<Spawned>("resume", std::string("m.toml"), std::optional<Bytes>(Bytes{0, 255}));
  ASSERT_EQ(actor.child_requests.size(), 1u);
  EXPECT_EQ(actor.child_requests[0].manifest, "m.toml");
  EXPECT_EQ(actor.child_requests[0].state, (Bytes{0, 255}));
  EXPECT_TRUE(actor.child_requests[0].is_resumed);
  call_waiting<Spawned>("spawn", std::string("m.toml"), std::optional<Bytes>());
  EXPECT_FALSE(actor.child_requests[1].is_resumed);
}

TEST_F(SupervisorTest, RestartsTheActorNamed) {
  call_waiting<Stopped>("restart-child", std::string(kId));
  ASSERT_EQ(actor.restarted_children.size(), 1u);
  EXPECT_EQ(actor.restarted_children[0].to_string(), kId);
  std::move(actor.restart_replies[0]).answer(tl::unexpected(std::string("no")));
  EXPECT_EQ(wit::decode<Stopped>(*sink->result)->error(), "no");
}

TEST_F(SupervisorTest, StopsTheActorNamed) {
  call_waiting<Stopped>("stop-child", std::string("00112233-4455-6677-8899-aabbccddeeff"));
  ASSERT_EQ(actor.stopped_children.size(), 1u);
  EXPECT_EQ(actor.stopped_children[0].to_string(), "00112233445566778899aabbccddeeff");
}

TEST_F(SupervisorTest, LooksAtTheActorNamed) {
  call_waiting<SeenState>("get-child-state", std::string(kId));
  ASSERT_EQ(actor.looked_at.size(), 1u);
  EXPECT_EQ(actor.looked_at[0].to_string(), kId);
  std::move(actor.state_replies[0]).answer(std::optional<Bytes>(Bytes{7}));
  EXPECT_EQ(*wit::decode<SeenState>(*sink->result), SeenState(Bytes{7}));
  call_waiting<SeenEvents>("get-child-events", std::string(kId));
  ASSERT_EQ(actor.looked_at.size(), 2u);
  std::vector<log::ChainEvent> events(2);
  events[1].parent_hash = Bytes(32, 1);
  std::move(actor.events_replies[0]).answer(events);
  EXPECT_EQ(*wit::decode<SeenEvents>(*sink->result), SeenEvents(events));
}

TEST_F(SupervisorTest, RefusesWhatIsNoActorId) {
  auto refusal = [&]<class R>(const std::string& name, R) {
    call_waiting<R>(name, std::string("nobody"));
    R answer = *wit::decode<R>(*sink->result);
    return answer ? std::string() : answer.error();
  };
  for (const std::string& text :
       {refusal("stop-child", Stopped()), refusal("restart-child", Stopped()),
        refusal("get-child-state", SeenState()), refusal("get-child-events", SeenEvents())}) {
    EXPECT_TRUE(text.starts_with("Failed to parse actor ID: ")) << text;
  }
  EXPECT_TRUE(actor.stopped_children.empty());
  EXPECT_TRUE(actor.restarted_children.empty());
  EXPECT_TRUE(actor.looked_at.empty());
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
  EXPECT_EQ((find<Spawned, std::string, std::optional<Bytes>>("resume").refusal(session(), args)),
            "supervisor");
  args.clear();
  wit::encode_params(args, std::string("id"));
  EXPECT_EQ((find<Stopped, std::string>("stop-child").refusal(session(), args)), "supervisor");
  EXPECT_EQ((find<Stopped, std::string>("restart-child").refusal(session(), args)), "supervisor");
  EXPECT_EQ((find<SeenState, std::string>("get-child-state").refusal(session(), args)),
            "supervisor");
  EXPECT_EQ((find<SeenEvents, std::string>("get-child-events").refusal(session(), args)),
            "supervisor");
}

TEST_F(SupervisorTest, LeavesNoFunctionHalfOffered) {
  std::vector<std::string> names;
  SupervisorHandler handler;
  for (const HostFunction& function : handler.host_functions())
    names.push_back(function.name.name);
  EXPECT_EQ(names,
            (std::vector<std::string>{"spawn", "resume", "restart-child", "stop-child",
                                      "list-children", "get-child-state", "get-child-events"}));
  names.clear();
  for (const ExportFunction& function : handler.export_functions())
    names.push_back(function.name.name);
  EXPECT_EQ(names, (std::vector<std::string>{"handle-child-error", "handle-child-exit",
                                             "handle-child-external-stop"}));
  check_handler(handler);
}

}  // namespace theater::supervisor_handler_test
