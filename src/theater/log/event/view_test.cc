#include "theater/log/event/view.h"

#include "theater/log/event/access_note.h"
#include "theater/log/testing/random_body.h"
#include "theater/log/testing/sample_chain.h"
#include "theater/wit/codec.h"
#include "theater/wit/codec_describe.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace theater::log::view_test {

using ::testing::HasSubstr;

TEST(View, NamesFunctionsSetUpAndTheRest) {
  std::vector<EventView> views = view_chain(sample_actor_chain());
  EXPECT_EQ(views[0].event_type, "theater-runtime/genesis");
  EXPECT_EQ(views[1].event_type, "runtime-setup");
  EXPECT_EQ(views[2].event_type, "theater:simple/actor/init");
  EXPECT_EQ(views[3].event_type, "theater:simple/runtime/log");
  EXPECT_EQ(views[5].event_type, "theater-runtime/returned");
  EXPECT_EQ(views.back().event_type, "theater-runtime/terminated");
}

TEST(View, DescribesInASentence) {
  std::vector<EventView> views = view_chain(sample_actor_chain());
  EXPECT_EQ(views[0].description,
            "The chain of actor `sample` (a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1) begins.");
  EXPECT_EQ(views[3].description, "The guest called theater:simple/runtime/log with 14 bytes.");
  EXPECT_EQ(views[5].description, "The call returned 0 bytes; the state has 11 bytes.");
}

TEST(View, ShowsTheBodyAsJson) {
  std::vector<EventView> views = view_chain(sample_actor_chain());
  EXPECT_EQ(views.back().data, R"({"terminated":{"how":"stopped"}})");
  EXPECT_THAT(views[3].data, HasSubstr(R"({"note":{"function":)"));
}

TEST(View, CarriesHashesAndTime) {
  Chain chain = sample_actor_chain();
  std::vector<EventView> views = view_chain(chain);
  EXPECT_EQ(views[0].parent, std::nullopt);
  EXPECT_EQ(views[1].parent, views[0].hash);
  EXPECT_EQ(views.back().hash, chain.head());
  EXPECT_EQ(views[1].time - views[0].time, 1000u);
  EXPECT_EQ(views[4].seq, 4u);
}

TEST(View, ShortHashIsBigEndian) {
  Hash hash;
  for (size_t i = 0; i < Hash::kSize; ++i)
    hash.bytes[i] = static_cast<uint8_t>(i + 1);
  EXPECT_EQ(short_hash(hash), 0x0102030405060708u);
}

TEST(View, KnowsNamesAfterTheInstanceWasDropped) {
  Chain chain(1500);
  chain.append(Genesis{}, 0);
  chain.append(sample_instance(), 0);
  while (chain.first_seq() < 2)
    chain.append(Note{0, {}}, 0);
  EXPECT_EQ(view_chain(chain).front().event_type, sample_instance().functions[0]);
}

TEST(View, ShowsAFunctionOutsideTheTableByItsNumber) {
  Bytes bytes = encode_event({Hash{}, 0, 0, Note{7, {}}});
  EventView view = EventViewer().view(bytes, event_hash(bytes)).value();
  EXPECT_EQ(view.event_type, "theater-runtime/note");
  EXPECT_EQ(view.description, "The guest called function 7 with 0 bytes.");
}

TEST(View, RefusesBytesThatAreNoEvent) {
  EXPECT_FALSE(EventViewer().view(as_bytes("nonsense"), Hash{}));
}

TEST(Describe, SaysWhichFailure) {
  FunctionTable none;
  EXPECT_EQ(describe(Failed{FailedTrap{TrapCode::kStackOverflow}}, none),
            "The instance was lost: it trapped (stack-overflow).");
  EXPECT_EQ(describe(Failed{FailedLimit{LimitCode::kCpu}}, none),
            "The instance was lost: it reached a limit (cpu).");
}

TEST(Describe, NamesAClientThatHasAName) {
  Call call{0, NamedClient{"alice", {}, {}}, {}};
  EXPECT_EQ(describe(call, {}), "Call of function 0 by client `alice` with 0 bytes.");
}

TEST(Describe, SaysHowAnOperatorStartedOrUpdatedAnActor) {
  auto by_operator = [](Operation operation) {
    return describe(Control{std::move(operation), ByClient{"operator"}}, {});
  };
  EXPECT_EQ(by_operator(Started{"web", "transient", {"a", "b"}, Once{}}),
            "Control: started as `web` by client `operator`, restart transient, with the grants "
            "`a`, `b` of its own, asked for once.");
  EXPECT_EQ(by_operator(Started{{}, "permanent", {}, {}}),
            "Control: started by client `operator`, restart permanent, with no grants of its own.");
  EXPECT_EQ(by_operator(Updated{sample_hash(0xab), {"a"}}),
            "Control: updated by client `operator` to manifest abababababababab, with the grant "
            "`a` of its own.");
}

TEST(Describe, SaysWhatIsHeldAndNoted) {
  auto by_runtime = [](Operation operation) {
    return describe(Control{std::move(operation), ByRuntime{}}, {});
  };
  EXPECT_EQ(by_runtime(Held{}), "Control: nothing is held for the actor.");
  EXPECT_EQ(by_runtime(Held{{{"budget", inline_payload({1, 2})}, {"timing", Payload{}}}}),
            "Control: held for the actor: `budget` of 2 bytes, `timing` of 0 bytes.");
  EXPECT_EQ(by_runtime(Noted{"redirect", 7, inline_payload({1})}),
            "Noted: redirect with 1 byte, about event 7.");
  EXPECT_EQ(by_runtime(Noted{"token-made", {}, {}}), "Noted: token-made with 0 bytes.");
  EXPECT_EQ(by_runtime(Pause{}), "Control: pause by the runtime.");
}

TEST(Describe, SaysWhatBecameOfATokenAndWhatWasRefused) {
  auto noted = [](std::string_view what, const auto& record) {
    Noted note{std::string(what), {}, inline_payload(wit::encode(record))};
    return describe(Control{std::move(note), ByRuntime{}}, {});
  };
  NotedToken token{"8c0d7a91e2f4", "ci", "read", "abc", 7};
  EXPECT_EQ(noted(kTokenMade, token),
            "The token `ci` (8c0d7a91e2f4) was made: scope read, for actor abc and those below, "
            "with an end.");
  EXPECT_EQ(noted(kTokenMade, NotedToken{"8c0d7a91e2f4", {}, "admin", {}, {}}),
            "The token 8c0d7a91e2f4 was made: scope admin, for all actors.");
  EXPECT_EQ(noted(kTokenUsed, token), "The token `ci` (8c0d7a91e2f4) was used for the first time.");
  EXPECT_EQ(noted(kTokenRevoked, token), "The token `ci` (8c0d7a91e2f4) was revoked.");
  EXPECT_EQ(noted(kRequestsRefused, RefusedRequests{"token ci", "scope", {}, "stop", 1}),
            "The node refused a request of token ci (reason: scope), last `stop`.");
  EXPECT_EQ(noted(kRequestsRefused, RefusedRequests{"", "token", {}, "", 2}),
            "The node refused 2 requests of other clients (reason: token).");
}

TEST(Describe, KeepsAnyBodyOnOneLine) {
  RandomBody random(1);
  FunctionTable none;
  for (int i = 0; i < 2000; ++i) {
    std::string text = describe(random.body(), none);
    EXPECT_EQ(text.find_first_of(std::string("\n\r\0", 3)), std::string::npos) << text;
    EXPECT_EQ(text.back(), '.');
  }
}

}  // namespace theater::log::view_test
