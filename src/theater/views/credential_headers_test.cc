#include "theater/views/credential_headers.h"

#include "theater/handlers/http_client/http_values.h"
#include "theater/handlers/registry.h"

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <string>
#include <tuple>
#include <utility>

namespace theater::views::credential_headers_test {

// A chain whose payloads stand beside their events.
struct Chain {
  Chain() {
    log::Instance instance;
    instance.functions = {"theater:http-stream/client-handlers/handle-stream",
                          "theater:http-stream/client/open",
                          "theater:simple/http-client/send-http"};
    add(instance);
  }
  void add(const log::Body& body) {
    Bytes event;
    log::encode_event(event, Hash{}, seq++, 0, body);
    EXPECT_TRUE(headers.take(event, std::exchange(bodies, {})));
  }
  // A payload of the next event.
  log::Payload beside(Bytes bytes) {
    bodies.push_back(log::StoredBody{{}, std::make_shared<const Bytes>(std::move(bytes))});
    return log::Detached{};
  }
  template <class... T>
  log::Payload value(const T&... parts) {
    return beside(wit::encode(std::tuple<T...>(parts...)));
  }
  void intent(uint32_t function, GuestHeaders of) {
    log::Intent intent;
    intent.function = function;
    intent.arguments =
        value(GuestRequest{"POST", "https://a.example/", std::move(of), Bytes(2 << 20, 7)});
    add(intent);
  }

  using Found = std::map<std::string, uint64_t>;
  PayloadTypes types{make_handlers()};
  CredentialHeaders headers{types};
  Bodies bodies;
  uint64_t seq = 0;
};

TEST(CredentialHeaders, OfRequestsAnswersAndStreamsAreCountedByPayload) {
  Chain chain;
  // The table is in the order of its names.
  constexpr uint32_t kHandle = 0;
  constexpr uint32_t kOpenStream = 1;
  constexpr uint32_t kSendHttp = 2;
  chain.intent(kSendHttp, {{"AUTHORIZATION", "Bearer a"}, {"Accept", "*/*"}, {"cookie", "b=c"}});
  chain.intent(kOpenStream, {{"Cookie", "b=c"}, {"Cookie", "d=e"}});
  chain.intent(kSendHttp, {{"X-Cookie", "a"}, {"Accept", "authorization"}});
  log::Call call;
  call.function = kHandle;
  call.from = log::FromHandler{};
  call.arguments = chain.value(
      uint64_t{1}, StreamEvent(StreamHead{{200, {{"Set-Cookie", "a=b"}, {"Server", "x"}}}}));
  chain.add(call);
  call.arguments = chain.value(uint64_t{1}, StreamEvent(StreamData{to_bytes("cookie")}));
  chain.add(call);
  EXPECT_EQ(chain.headers.found(),
            (Chain::Found{{"authorization", 1}, {"cookie", 2}, {"set-cookie", 1}}));
}

TEST(CredentialHeaders, OfAnAnswerBelongToItsRequest) {
  Chain chain;
  chain.intent(2, {});
  log::Outcome outcome;
  outcome.intent = 1;
  SendResult answer = GuestAnswer{200, {{"Set-Cookie", "a=b"}}, std::nullopt};
  outcome.result = log::OutcomeDone{chain.beside(wit::encode(answer))};
  chain.add(outcome);
  EXPECT_EQ(chain.headers.found(), (Chain::Found{{"set-cookie", 1}}));
}

TEST(CredentialHeaders, ThatWereRemovedAreNotThere) {
  Chain chain;
  log::Intent intent;
  intent.function = 2;
  intent.arguments = log::Detached{};
  Bytes event;
  log::encode_event(event, Hash{}, chain.seq++, 0, intent);
  EXPECT_TRUE(chain.headers.take(event, {std::nullopt}));
  EXPECT_TRUE(chain.headers.found().empty());
}

TEST(CredentialHeaders, OfAnEventThatIsNoneAreAnError) {
  Chain chain;
  EXPECT_FALSE(chain.headers.take(as_bytes("no event"), {}));
}

}  // namespace theater::views::credential_headers_test
