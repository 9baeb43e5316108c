// Streams, from a network that the test plays to the calls that the guest gets.
#include "theater/handlers/http_client/http_stream.h"

#include "theater/handlers/http_client/http_client_handler.h"
#include "theater/handlers/http_client/stream_holdings.h"
#include "theater/handlers/http_client/testing/fake_transport.h"
#include "theater/handlers/testing/handler_fixture.h"
#include "theater/manifest/grant.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace theater::http_stream_test {

using namespace testing;
using ::testing::HasSubstr;
using Opened = tl::expected<uint64_t, std::string>;
using Said = tl::expected<void, std::string>;

struct StreamTest : ::testing::Test, HandlerFixture {
  StreamTest() : StreamTest(std::make_shared<FakeTransport>()) {}
  explicit StreamTest(std::shared_ptr<FakeTransport> fake)
      : HandlerFixture(std::make_unique<HttpClientHandler>(fake, Hash())),
        network(std::move(fake)) {
    permissions = *parse_grant("http-client", "/");
  }
  ~StreamTest() override {
    end_session();
    network->asked.clear();
  }

  Opened open() {
    actor.intent_value = next_intent++;
    GuestRequest request{"GET", "https://a.org/", {}, {}};
    Bytes args;
    wit::encode_params(args, request);
    const HostFunction& function = find<Opened, GuestRequest>("open");
    (void)function.intent_note(session(), args);
    Bytes result;
    std::get<HostFunction::Immediate>(function.body)(session(), args, result);
    return *wit::decode<Opened>(result);
  }
  FakeTransport::Asked& wire() { return network->last(); }

  // The events that the guest was given, as text.
  std::vector<std::string> told() const {
    std::vector<std::string> all;
    for (const FakeCalls::Call& call : actor.calls->made) {
      auto [id, event] = *wit::decode<std::tuple<uint64_t, StreamEvent>>(call.params);
      std::string text = std::visit(
          [](const auto& one) -> std::string {
            using Event = std::remove_cvref_t<decltype(one)>;
            if constexpr (std::is_same_v<Event, StreamHead>) {
              return fmt::format("head {}", std::get<0>(one.value));
            } else if constexpr (std::is_same_v<Event, StreamData>) {
              return "data " + to_string(one.value);
            } else if constexpr (std::is_same_v<Event, StreamFailed>) {
              return "failed " + one.value;
            } else {
              return "end";
            }
          },
          event);
      all.push_back(fmt::format("{}: {}", id, text));
    }
    return all;
  }
  static std::string to_string(const Bytes& bytes) {
    return std::string(bytes.begin(), bytes.end());
  }
  // The guest has handled the newest event.
  void handled() {
    auto answered = std::move(actor.calls->made.back().answered);
    answered({});
  }
  using Told = std::vector<std::string>;

  std::shared_ptr<FakeTransport> network;
  uint64_t next_intent = 3;
};

TEST_F(StreamTest, TheIdIsThePositionOfTheIntent) {
  EXPECT_EQ(open(), Opened(3));
  EXPECT_EQ(open(), Opened(4));
}

TEST_F(StreamTest, EventsArriveInOrderOneAtATime) {
  ASSERT_TRUE(open());
  wire().head(200);
  EXPECT_EQ(told(), Told{"3: head 200"});
  EXPECT_TRUE(wire().data("a"));
  EXPECT_TRUE(wire().data("b"));
  wire().over();
  EXPECT_EQ(told().size(), 1u) << "the guest has not handled the head";
  handled();
  EXPECT_EQ(told(), (Told{"3: head 200", "3: data ab"}));
  handled();
  EXPECT_EQ(told().back(), "3: end");
  handled();
  EXPECT_EQ(told().size(), 3u);
}

TEST_F(StreamTest, TheActorIsNotIdleBeforeTheStreamIsOver) {
  ASSERT_TRUE(open());
  ASSERT_TRUE(open());
  EXPECT_EQ(actor.calls->expected, 2);
  EXPECT_TRUE((call<Said>("cancel", uint64_t{4})));
  EXPECT_EQ(actor.calls->expected, 1);
  network->asked[0]->over();
  EXPECT_EQ(told(), Told{"3: end"});
  EXPECT_EQ(actor.calls->expected, 0);
}

TEST_F(StreamTest, AFailureFollowsWhatHasArrived) {
  ASSERT_TRUE(open());
  wire().head(200);
  wire().data("half");
  wire().over(WebFailure{WebFailure::Kind::kCutOff, "the answer was cut off", true});
  handled();
  EXPECT_EQ(told().back(), "3: data half");
  handled();
  EXPECT_EQ(told().back(),
            "3: failed cut-off: the answer was cut off; the server may have acted on the request");
}

TEST_F(StreamTest, AFullBufferStopsTheNetworkUntilTheGuestHasTakenHalf) {
  ASSERT_TRUE(open());
  wire().head(200);
  const std::string piece(64 << 10, 'x');
  size_t taken = 0;
  while (wire().data(piece))
    ++taken;
  EXPECT_EQ(taken * piece.size(), HttpStream::kBufferMax);
  handled();
  EXPECT_EQ(told().size(), 2u);
  EXPECT_EQ(wire().resumed, 0) << "three quarters are left";
  handled();
  EXPECT_EQ(wire().resumed, 1);
  EXPECT_TRUE(wire().data(piece));
}

TEST_F(StreamTest, APieceFitsIntoTheMessagesOfTheActor) {
  manifest.limits.payload_bytes = 1024;
  ASSERT_TRUE(open());
  wire().head(200);
  wire().data(std::string(5000, 'x'));
  handled();
  EXPECT_LE(actor.calls->made.back().params.size(), 1024u);
  EXPECT_GT(actor.calls->made.back().params.size(), 900u);
}

TEST_F(StreamTest, APausedStreamGivesNothing) {
  ASSERT_TRUE(open());
  EXPECT_TRUE((call<Said>("pause", uint64_t{3})));
  wire().head(200);
  EXPECT_EQ(told(), Told());
  EXPECT_TRUE((call<Said>("resume", uint64_t{3})));
  EXPECT_EQ(told(), Told{"3: head 200"});
}

TEST_F(StreamTest, ACancelledStreamSaysNothingMore) {
  ASSERT_TRUE(open());
  wire().head(200);
  wire().data("a");
  EXPECT_TRUE((call<Said>("cancel", uint64_t{3})));
  EXPECT_TRUE(wire().is_cancelled);
  handled();
  wire().over(WebFailure{WebFailure::Kind::kCancelled, "", false});
  EXPECT_EQ(told(), Told{"3: head 200"});
  for (const char* function : {"pause", "resume", "cancel"}) {
    EXPECT_EQ((call<Said>(function, uint64_t{3})).error(), "not-found: stream 3 is not open");
  }
}

TEST_F(StreamTest, AnEventThatFindsNoPlaceIsTriedAgain) {
  ASSERT_TRUE(open());
  actor.calls->refusal = "mailbox-full";
  wire().head(200);
  EXPECT_EQ(told(), Told());
  EXPECT_EQ(scheduler.timers(), 1u);
  actor.calls->refusal.reset();
  while (scheduler.timers() > 0)
    scheduler.step();
  EXPECT_EQ(told(), Told{"3: head 200"});
}

TEST_F(StreamTest, ACancelledStreamTriesNoMore) {
  ASSERT_TRUE(open());
  actor.calls->refusal = "mailbox-full";
  wire().head(200);
  EXPECT_TRUE((call<Said>("cancel", uint64_t{3})));
  EXPECT_EQ(scheduler.timers(), 0u);
}

TEST_F(StreamTest, AnActorHasSoManyAndEndedOnesDoNotCount) {
  for (size_t i = 0; i < HttpClientSession::kStreamsMax; ++i)
    ASSERT_TRUE(open());
  Opened one_more = open();
  ASSERT_FALSE(one_more);
  EXPECT_THAT(one_more.error(), HasSubstr("no-room: 64 streams"));
  network->asked[5]->over();
  EXPECT_TRUE(open());
}

TEST_F(StreamTest, AComponentThatTakesNoEventsOpensNone) {
  ExportFunction other = export_function<void()>("theater:test/x", "other");
  actor.calls->exported = &other;
  Opened opened = open();
  ASSERT_FALSE(opened);
  EXPECT_THAT(opened.error(), HasSubstr("does not export theater:http-stream/client-handlers"));
  EXPECT_TRUE(network->asked.empty());
}

// What outlives an instance.

struct HoldingsTest : ::testing::Test {
  void opened(uint64_t id) { holdings.take("open", {}, wit::encode(Opened(id))); }
  void cancelled(uint64_t id) {
    Bytes arguments;
    wit::encode_params(arguments, id);
    holdings.take("cancel", arguments, {});
  }
  void told(uint64_t id, StreamEvent event) {
    Bytes params;
    wit::encode_params(params, id, event);
    holdings.take_callback("handle-stream", params);
  }
  StreamHoldings holdings;
};

TEST_F(HoldingsTest, AreTheStreamsWhoseEndTheGuestHasNotHeard) {
  EXPECT_EQ(holdings.held(), std::nullopt);
  for (uint64_t id : {9, 3, 5, 7})
    opened(id);
  told(3, StreamHead{{200, {}}});
  told(3, StreamData{to_bytes("x")});
  told(5, StreamEnd{});
  told(7, StreamFailed{"x"});
  EXPECT_EQ(holdings.held(), wit::encode(std::vector<uint64_t>{3, 9}));
  cancelled(9);
  StreamHoldings other;
  ASSERT_TRUE(other.begin(*holdings.held()));
  EXPECT_EQ(other.held(), wit::encode(std::vector<uint64_t>{3}));
}

TEST_F(StreamTest, RestoredStreamsHaveFailed) {
  session().restore(wit::encode(std::vector<uint64_t>{3, 9}));
  ASSERT_EQ(told().size(), 2u);
  EXPECT_THAT(told()[0], HasSubstr("3: failed cancelled: interrupted"));
  EXPECT_THAT(told()[1], HasSubstr("9: failed"));
  EXPECT_FALSE((call<Said>("pause", uint64_t{3})));
}

}  // namespace theater::http_stream_test
