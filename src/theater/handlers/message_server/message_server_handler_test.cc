#include "theater/handlers/message_server/message_server_handler.h"

#include "theater/handlers/testing/handler_fixture.h"

#include <gtest/gtest.h>

namespace theater::message_server_handler_test {

using Said = tl::expected<void, std::string>;
using Answer = tl::expected<Bytes, std::string>;
using testing::HandlerFixture;

struct MessageServerTest : ::testing::Test, HandlerFixture {
  MessageServerTest() : HandlerFixture(std::make_unique<MessageServerHandler>()) {}

  static Bytes encoded(const std::string& text, const Bytes& bytes) {
    Bytes out;
    wit::encode_params(out, text, bytes);
    return out;
  }
};

constexpr const char* kPeer = "00112233445566778899aabbccddeeff";

TEST_F(MessageServerTest, SendsToTheActorNamed) {
  const auto& send = std::get<HostFunction::Send>(find<Said, std::string, Bytes>("send").body);
  Bytes args = encoded(kPeer, {1, 2});
  auto message = send(session(), args);
  ASSERT_TRUE(message);
  EXPECT_EQ(message->to.to_string(), kPeer);
  EXPECT_EQ(message->function, &handle_send_function());
  EXPECT_EQ(to_bytes(message->payload), (Bytes{1, 2}));
}

TEST_F(MessageServerTest, RequestsFromTheActorNamed) {
  const auto& request =
      std::get<HostFunction::Request>(find<Answer, std::string, Bytes>("request").body);
  Bytes args = encoded("00112233-4455-6677-8899-aabbccddeeff", {});
  auto message = request.send(session(), args);
  ASSERT_TRUE(message);
  EXPECT_EQ(message->to.to_string(), kPeer);
  EXPECT_EQ(message->function, &handle_request_function());
  EXPECT_EQ(message->function->answer, AnswerForm::kDeferred);
}

TEST_F(MessageServerTest, RequestsWaitAsLongAsTheManifestSays) {
  Bytes args = encoded(kPeer, {});
  auto timeout = [&](Session& session) {
    const auto& request =
        std::get<HostFunction::Request>(find<Answer, std::string, Bytes>("request").body);
    return request.send(session, args)->timeout_ms;
  };
  EXPECT_EQ(timeout(session()), 3'000'000u);
  HandlerFixture other(std::make_unique<MessageServerHandler>());
  other.manifest.handlers.push_back(
      {.type = Capability::kMessageServer, .request_timeout_ms = 250});
  EXPECT_EQ(timeout(other.session()), 250u);
}

TEST_F(MessageServerTest, RefusesWhatIsNoActorId) {
  const auto& send = std::get<HostFunction::Send>(find<Said, std::string, Bytes>("send").body);
  for (const std::string& id : {std::string(), std::string("nobody"), std::string(32, 'g')}) {
    auto message = send(session(), encoded(id, {}));
    ASSERT_FALSE(message);
    EXPECT_TRUE(message.error().starts_with("Failed to parse actor ID: ")) << message.error();
  }
}

TEST_F(MessageServerTest, ListsAnswersAndCancelsRequests) {
  actor.requests = {"r1", "r2"};
  EXPECT_EQ(call<std::vector<std::string>>("list-outstanding-requests"), actor.requests);
  const auto& respond =
      std::get<HostFunction::Answer>(find<Said, std::string, Bytes>("respond-to-request").body);
  Bytes args = encoded("r1", {9});
  auto answer = respond(session(), args);
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->request_id, "r1");
  EXPECT_EQ(to_bytes(*answer->answer), Bytes{9});
  const auto& cancel =
      std::get<HostFunction::Cancel>(find<Said, std::string>("cancel-request").body);
  Bytes id;
  wit::encode_params(id, std::string("r2"));
  auto cancelled = cancel(session(), id);
  ASSERT_TRUE(cancelled);
  EXPECT_EQ(cancelled->request_id, "r2");
}

TEST_F(MessageServerTest, OpensAChannelToTheActorNamed) {
  using Opened = tl::expected<std::string, std::string>;
  const auto& open =
      std::get<HostFunction::Request>(find<Opened, std::string, Bytes>("open-channel").body);
  EXPECT_EQ(open.kind, log::SentKind::kOpenChannel);
  Bytes args = encoded(kPeer, {3});
  auto message = open.send(session(), args);
  ASSERT_TRUE(message);
  EXPECT_EQ(message->to.to_string(), kPeer);
  EXPECT_EQ(message->function, channel_functions().open);
  EXPECT_EQ(message->function->channel, &channel_functions());
  EXPECT_EQ(to_bytes(message->payload), Bytes{3});
  EXPECT_FALSE(open.send(session(), encoded("nobody", {})));
}

TEST_F(MessageServerTest, SendsOnAndClosesTheChannelNamed) {
  const auto& send =
      std::get<HostFunction::OnChannel>(find<Said, std::string, Bytes>("send-on-channel").body);
  Bytes args = encoded("ch_1", {4});
  auto message = send(session(), args);
  ASSERT_TRUE(message);
  EXPECT_EQ(message->channel_id, "ch_1");
  EXPECT_EQ(to_bytes(message->payload), Bytes{4});
  const auto& close = std::get<HostFunction::Close>(find<Said, std::string>("close-channel").body);
  Bytes id;
  wit::encode_params(id, std::string("ch_2"));
  auto closed = close(session(), id);
  ASSERT_TRUE(closed);
  EXPECT_EQ(closed->channel_id, "ch_2");
}

TEST_F(MessageServerTest, OffersAllOfItsInterfaces) {
  MessageServerHandler handler;
  EXPECT_EQ(handler.host_functions().size(), 8u);
  for (const HostFunction& function : handler.host_functions()) {
    EXPECT_EQ(function.effect, function.name.name == "list-outstanding-requests"
                                   ? EffectClass::kRead
                                   : EffectClass::kInternal);
  }
  EXPECT_EQ(handler.export_functions().size(), 5u);
  EXPECT_TRUE(opens_channel(*channel_functions().open));
  EXPECT_TRUE(closes_channel(*channel_functions().close));
  EXPECT_FALSE(closes_channel(*channel_functions().message));
  EXPECT_FALSE(opens_channel(handle_request_function()));
}

}  // namespace theater::message_server_handler_test
