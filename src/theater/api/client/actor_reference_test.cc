#include "theater/api/client/actor_reference.h"

#include "theater/api/testing/fake_api.h"
#include "theater/base/testing/must.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace theater::api::actor_reference_test {

using ::testing::HasSubstr;
using ::testing::Not;

std::string id(const std::string& begin) {
  return begin + std::string(32 - begin.size(), '0');
}

class FindActor : public ::testing::Test {
 protected:
  // The server's answer for `ref`: ids, with a `-` before those that have ended.
  void known(const std::string& ref, const std::vector<std::string>& ids) {
    views::Json actors = views::Json::array();
    for (const std::string& text : ids) {
      bool ended = text.starts_with('-');
      actors.push_back({{"id", id(text.substr(ended ? 1 : 0))},
                        {"name", "counter"},
                        {"state", ended ? "Stopped" : "Idle"},
                        {"since", "2026-11-23T10:00:00.000Z"},
                        {"ended", ended}});
    }
    api_.answer("GET /v1/actors?limit=1000&ref=" + query_value(ref),
                views::Json{{"actors", actors}, {"cursor", nullptr}}.dump());
  }

  std::string found(std::string_view word, ActorUse use) {
    auto actor = find_actor(*client_, word, use);
    return actor ? must(actor_id_of(*actor)).to_string() : "";
  }
  Error refused(std::string_view word, ActorUse use) {
    auto actor = find_actor(*client_, word, use);
    EXPECT_FALSE(actor);
    return actor ? Error(ErrorCode::kIo, "found") : actor.error();
  }

  FakeApi api_;
  std::unique_ptr<ApiClient> client_ =
      must(ApiClient::connect(must(parse_server_address("unix:" + api_.path()))));
};

TEST_F(FindActor, NamesWhatTheServerDoesNotHave) {
  known("gone", {});
  for (ActorUse use : {ActorUse::kRead, ActorUse::kAct}) {
    EXPECT_EQ(refused("gone", use).code(), ErrorCode::kNotFound);
    EXPECT_THAT(refused("gone", use).to_string(), HasSubstr("no actor `gone`"));
    EXPECT_EQ(refused("unknown-to-the-fake", use).code(), ErrorCode::kNotFound);
  }
  EXPECT_EQ(refused("", ActorUse::kRead).code(), ErrorCode::kInvalidArgument);
}

TEST_F(FindActor, TakesIdsNamesAndPathsAsTheServerReadsThem) {
  known(id("ab"), {"ab"});
  known("foreman/kid", {"cd"});
  EXPECT_EQ(found(id("ab"), ActorUse::kAct), id("ab"));
  EXPECT_EQ(found("foreman/kid", ActorUse::kAct), id("cd"));
  EXPECT_EQ(api_.lines().back(), "GET /v1/actors?limit=1000&ref=foreman%2Fkid");
}

TEST_F(FindActor, ReadingTakesTheNewestOfAName) {
  known("counter", {"c3", "c2", "-c1"});
  EXPECT_EQ(found("counter", ActorUse::kRead), id("c3"));
  EXPECT_EQ(found("counter@-0", ActorUse::kRead), id("c3"));
  EXPECT_EQ(found("counter@-1", ActorUse::kRead), id("c2"));
  EXPECT_EQ(found("counter@-2", ActorUse::kRead), id("c1"));
  EXPECT_EQ(refused("counter@-3", ActorUse::kRead).code(), ErrorCode::kNotFound);
}

TEST_F(FindActor, ActingNeverGuessesAmongSeveral) {
  known("counter", {"c3", "c2", "-c1"});
  Error error = refused("counter", ActorUse::kAct);
  EXPECT_EQ(error.code(), ErrorCode::kInvalidArgument);
  EXPECT_THAT(error.to_string(), HasSubstr("any of 2 actors"));
  EXPECT_THAT(error.to_string(), HasSubstr(id("c3") + "  counter  Idle since 2026-11-23"));
  EXPECT_THAT(error.to_string(), Not(HasSubstr(id("c1"))));
  EXPECT_EQ(refused("counter@-1", ActorUse::kAct).code(), ErrorCode::kInvalidArgument);
}

TEST_F(FindActor, ActingCountsLivingActors) {
  known("counter", {"c3", "-c2", "-c1"});
  EXPECT_EQ(found("counter", ActorUse::kAct), id("c3"));
  known("counter", {"-c2", "-c1"});
  EXPECT_THAT(refused("counter", ActorUse::kAct).to_string(), HasSubstr("any of 2 actors"));
  known("counter", {"-c1"});
  EXPECT_EQ(found("counter", ActorUse::kAct), id("c1"));
}

TEST_F(FindActor, DigitsOfSeveralActorsAreAmbiguousForReadingToo) {
  known("abcd", {"abcd1", "abcd2"});
  EXPECT_THAT(refused("abcd", ActorUse::kRead).to_string(), HasSubstr("any of 2 actors"));
  known("beef", {"beef1", "c1"});
  EXPECT_EQ(refused("beef", ActorUse::kRead).code(), ErrorCode::kInvalidArgument);
  known("cafe", {"c2", "c1"});
  EXPECT_EQ(found("cafe", ActorUse::kRead), id("c2"));
}

TEST_F(FindActor, ActingRefusesDigitsThatAreAnotherActorsName) {
  known("beef", {"beef1", "c1"});
  EXPECT_THAT(refused("beef", ActorUse::kAct).to_string(), HasSubstr("any of 2 actors"));
  // The one of the name has ended.
  known("beef", {"beef1", "-c1"});
  EXPECT_THAT(refused("beef", ActorUse::kAct).to_string(), HasSubstr(id("c1")));
  // The one of the id has ended, and nothing else can be meant.
  known("beef", {"c1", "-beef1"});
  EXPECT_EQ(found("beef", ActorUse::kAct), id("c1"));
  known("beef", {"beef1", "-beef2"});
  EXPECT_EQ(found("beef", ActorUse::kAct), id("beef1"));
}

TEST_F(FindActor, ListsTenAndCountsTheOthers) {
  std::vector<std::string> ids;
  for (int i = 10; i < 22; ++i)
    ids.push_back(std::to_string(i));
  known("many", ids);
  EXPECT_THAT(refused("many", ActorUse::kAct).to_string(), HasSubstr("… 2 more"));
}

TEST_F(FindActor, AnAtSignMayBelongToAName) {
  known("a@-b", {"c1"});
  known("@-1", {"c2"});
  EXPECT_EQ(found("a@-b", ActorUse::kRead), id("c1"));
  EXPECT_EQ(found("@-1", ActorUse::kAct), id("c2"));
}

TEST_F(FindActor, TrustsNoAnswerWithoutIds) {
  api_.answer("GET /v1/actors?limit=1000&ref=x", R"({"actors": [{"id": "../../x"}]})");
  EXPECT_EQ(refused("x", ActorUse::kRead).code(), ErrorCode::kCorrupt);
  api_.answer("GET /v1/actors?limit=1000&ref=y", "[]");
  EXPECT_EQ(refused("y", ActorUse::kRead).code(), ErrorCode::kCorrupt);
  api_.answer("GET /v1/actors?limit=1000&ref=z", R"({"actors": [7]})");
  EXPECT_EQ(refused("z", ActorUse::kRead).code(), ErrorCode::kCorrupt);
}

}  // namespace theater::api::actor_reference_test
