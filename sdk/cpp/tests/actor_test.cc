#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <theater/levelled_log.hpp>
#include <theater/message_server.hpp>
#include <theater/testing.hpp>

namespace theater {
namespace {

using ::testing::ElementsAre;
using testing::Host;
using testing::LogLine;
using testing::Message;
using testing::TestActor;

struct Probe {
  int64_t calls = 0;
  THEATER_FIELDS(calls)

  Status init(std::string_view id) {
    ++calls;
    log("init " + std::string(id));
    return {};
  }

  Status handle_send(std::string_view message) {
    ++calls;
    if (message == "fail") return fail("as asked");
    if (message == "warn") return log(Level::kWarn, "watch out");
    if (message == "end") return shutdown("last words");
    if (message == "measure") return record_metric("speed", 1.5);
    if (message == "event") return record_event("seen", "x");
    return theater::send("peer", message);
  }

  Result<Reply> handle_request(std::string_view id, std::string_view message) {
    if (message == "later") return later;
    if (message == "calls") return std::to_string(calls);
    if (message == "answer") {
      THEATER_TRY_VOID(respond_to_request(list_outstanding_requests().at(0), "at last"));
      return std::string(id);
    }
    if (message == "cancel") {
      THEATER_TRY_VOID(cancel_request("nobody"));
      return "unreachable";
    }
    if (message == "facts") {
      return get_actor_id() + " " + get_actor_name() + " " + get_theater_version() + " " +
             std::to_string(get_current_time()) + " " + get_env("HOME").value_or("none") + " " +
             get_state() + " " + std::to_string(get_chain().size()) + " " +
             std::to_string(get_system_info().cpu_count);
    }
    return theater::request("peer", message);
  }
};
THEATER_ACTOR(Probe)
THEATER_MESSAGE_SERVER_CLIENT(Probe)

struct Silent {};
THEATER_ACTOR(Silent)
THEATER_MESSAGE_SERVER_CLIENT(Silent)

struct Raw {
  std::string text;
  static Raw load(std::string_view kept) { return {std::string(kept)}; }
  std::string save() const { return text; }
  Status init(std::string_view, std::string_view initial) {
    text = "from " + std::string(initial);
    return {};
  }
};
THEATER_ACTOR(Raw)

class ActorTest : public ::testing::Test {
 protected:
  ActorTest() { Host::current() = {}; }
  Host& host_ = Host::current();
};

TEST_F(ActorTest, StartsFromAnInitialState) {
  TestActor<Probe> actor;
  ASSERT_TRUE(actor.init(R"({"calls": 4})"));
  EXPECT_EQ(actor.actor()->calls, 5);
  EXPECT_THAT(host_.logs, ElementsAre(LogLine{"info", "init " + host_.actor_id}));
  EXPECT_EQ(TestActor<Probe>().init("4").error(), "the state: expected a JSON object");
}

TEST_F(ActorTest, HandsTheInitialStateToAnInitThatWantsIt) {
  TestActor<Raw> actor;
  ASSERT_TRUE(actor.init("\"json\""));
  EXPECT_EQ(actor.state(), "from \"json\"");
}

TEST_F(ActorTest, KeepsTheStateWhenACallbackFails) {
  TestActor<Probe> actor;
  ASSERT_TRUE(actor.init());
  auto before = actor.state();
  EXPECT_EQ(actor.send("fail").error(), "as asked");
  EXPECT_EQ(actor.state(), before);
  EXPECT_TRUE(actor.send("hello"));
  EXPECT_NE(actor.state(), before);
}

TEST_F(ActorTest, ReachesTheHost) {
  TestActor<Probe> actor;
  for (auto message : {"warn", "measure", "event", "hello"})
    ASSERT_TRUE(actor.send(message));
  EXPECT_THAT(host_.logs, ElementsAre(LogLine{"warn", "watch out"}));
  EXPECT_THAT(host_.metrics, ElementsAre(std::pair(std::string("speed"), 1.5)));
  EXPECT_THAT(host_.events, ElementsAre(std::pair(std::string("seen"), std::string("x"))));
  EXPECT_THAT(host_.sent, ElementsAre(Message{"peer", "hello"}));
  EXPECT_FALSE(host_.shut_down);
  ASSERT_TRUE(actor.send("end"));
  EXPECT_TRUE(host_.shut_down);
  EXPECT_EQ(host_.shutdown_data, "last words");
}

TEST_F(ActorTest, IsToldWhatTheHostSays) {
  host_.actor_id = "id";
  host_.actor_name = "name";
  host_.now_ms = 12;
  host_.environment["HOME"] = "/here";
  host_.chain = {{1, "a", std::nullopt, "first"}, {2, "b", 1, "last"}};
  host_.system.cpu_count = 4;
  EXPECT_EQ(TestActor<Probe>().request("facts"), "id name 0.1.0 12 /here last 2 4");
}

TEST_F(ActorTest, AnswersLater) {
  TestActor<Probe> actor;
  EXPECT_EQ(actor.request("later", "r1").value(), later);
  EXPECT_THAT(host_.outstanding, ElementsAre("r1"));
  EXPECT_EQ(actor.request("answer", "r2"), "r2");
  EXPECT_EQ(host_.responses["r1"], "at last");
  EXPECT_TRUE(host_.outstanding.empty());
  EXPECT_EQ(actor.request("cancel").error(), "Request ID not found: nobody");
}

TEST_F(ActorTest, HearsWhatItsPeerAnswers) {
  TestActor<Probe> actor;
  EXPECT_EQ(actor.request("hello?").error(), "Actor not found: peer");
  host_.on_request = [](const Message& asked) -> Result<std::string> { return asked.bytes + "!"; };
  EXPECT_EQ(actor.request("hello"), "hello!");
  host_.on_send = [](const Message&) -> Status { return fail("mailbox full"); };
  EXPECT_EQ(actor.send("hello").error(), "mailbox full");
}

TEST_F(ActorTest, KnowsOnlyTheChannelsThatAreOpen) {
  EXPECT_EQ(open_channel("peer", "hello").error(), "Actor not found: peer");
  host_.on_open_channel = [](const Message& asked) -> Result<std::string> {
    return "ch_" + asked.to;
  };
  EXPECT_EQ(open_channel("peer", "hello"), "ch_peer");
  EXPECT_TRUE(send_on_channel("ch_peer", "x"));
  EXPECT_THAT(host_.sent_on_channels, ElementsAre(Message{"ch_peer", "x"}));
  EXPECT_TRUE(close_channel("ch_peer"));
  EXPECT_EQ(send_on_channel("ch_peer", "x").error(), "Channel not found: ch_peer");
  EXPECT_EQ(close_channel("ch_peer").error(), "Channel not found: ch_peer");
  EXPECT_EQ(send_on_channel("peer", "x").error(), "Failed to parse channel ID: peer");
  EXPECT_THAT(host_.closed_channels, ElementsAre("ch_peer"));
}

TEST_F(ActorTest, HasDefaultsForCallbacksThatAreMissing) {
  TestActor<Silent> actor;
  EXPECT_TRUE(actor.init());
  EXPECT_EQ(actor.state(), std::nullopt);
  EXPECT_EQ(actor.send("x").error(), "this actor takes no messages");
  EXPECT_EQ(actor.request("x").error(), "this actor answers no requests");
  EXPECT_FALSE(actor.channel_open("ch_1", "x")->accepted);
  EXPECT_TRUE(actor.channel_message("ch_1", "x"));
  EXPECT_TRUE(actor.channel_close("ch_1"));
}

}  // namespace
}  // namespace theater
