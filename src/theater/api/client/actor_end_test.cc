#include "theater/api/client/actor_end.h"

#include "theater/api/testing/fake_api.h"
#include "theater/base/testing/must.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <atomic>

namespace theater::api::actor_end_test {

class WaitForEnd : public ::testing::Test {
 protected:
  Result<ActorEnd> after(const std::string& json) {
    api_.answer("GET " + actor_target({}, "/end?timeout_ms=30000"), json);
    return wait_for_end(*client_, {});
  }

  FakeApi api_;
  std::unique_ptr<ApiClient> client_ =
      must(ApiClient::connect(must(parse_server_address("unix:" + api_.path()))));
};

TEST_F(WaitForEnd, RefusesAnswersThatSayNothingOfAnEnd) {
  for (const char* odd :
       {"[]", "{}", R"({"ended": 1})", R"({"ended": true})", R"({"ended": true, "how": 7})"})
    EXPECT_EQ(after(odd).error().code(), ErrorCode::kCorrupt) << odd;
  EXPECT_EQ(wait_for_end(*client_, must(ActorId::parse(std::string(32, 'a')))).error().code(),
            ErrorCode::kNotFound);
}

TEST_F(WaitForEnd, TellsHowTheActorEnded) {
  ActorEnd end = must(after(R"({"ended": true, "how": "completed", "data": "bye",
                                "failure": null})"));
  EXPECT_EQ(end.how, "completed");
  EXPECT_EQ(end.data, to_bytes("bye"));
  EXPECT_EQ(end.failure, "");
  end = must(after(R"({"ended": true, "how": "failed", "data": null, "failure": "trap"})"));
  EXPECT_EQ(end.how, "failed");
  EXPECT_EQ(end.data, std::nullopt);
  EXPECT_EQ(end.failure, "trap");
}

TEST_F(WaitForEnd, AsksAgainAfterTheServersTime) {
  // The fake answers at once, so that the second question follows the first answer.
  std::atomic<int> asked = 0;
  FakeServer server({.handle = [&](const HttpRequest&, HttpResponder responder) {
    bool is_over = ++asked == 3;
    responder.answer(
        {200,
         {},
         to_bytes(is_over ? R"({"ended": true, "how": "killed"})" : R"({"ended": false})")});
  }});
  auto client = must(ApiClient::connect(must(parse_server_address("unix:" + server.path()))));
  EXPECT_EQ(must(wait_for_end(*client, {})).how, "killed");
  EXPECT_EQ(asked, 3);
}

TEST(BytesOf, ReadsTextAndBase64) {
  EXPECT_EQ(bytes_of("a"), to_bytes("a"));
  EXPECT_EQ(bytes_of({{"base64", "/w=="}}), Bytes{255});
  EXPECT_EQ(bytes_of({{"base64", "?"}}), std::nullopt);
  EXPECT_EQ(bytes_of({{"base64", 7}}), std::nullopt);
  EXPECT_EQ(bytes_of(nullptr), std::nullopt);
}

}  // namespace theater::api::actor_end_test
