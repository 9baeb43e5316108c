#include "theater/api/http/query.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>

namespace theater::api::query_test {

using ::testing::HasSubstr;

constexpr std::array<std::string_view, 2> kWords{"hot", "cold"};
constexpr std::array<std::string_view, 1> kNone{"none"};
constexpr std::array kKnown{
    Parameter{"after", Parameter::Type::kActor, ""},
    Parameter{.name = "parent", .type = Parameter::Type::kActor, .what = "", .words = kNone},
    Parameter{"limit", Parameter::Type::kInteger, "", 1, 10},
    Parameter{"wait", Parameter::Type::kBoolean, ""},
    Parameter{"name", Parameter::Type::kText, ""},
    Parameter{.name = "heat", .type = Parameter::Type::kText, .what = "", .words = kWords}};

std::string refused(std::string_view text) {
  auto query = Query::parse(text, kKnown);
  return query ? "taken" : query.error().message() + query.error().hint();
}

TEST(QueryTest, ReadsWhatWasDeclared) {
  Query query = Query::parse("limit=10&wait=true&name=a%20b%2Fc+d&&heat=cold", kKnown).value();
  EXPECT_EQ(query.integer("limit"), 10u);
  EXPECT_TRUE(query.flag("wait"));
  EXPECT_EQ(query.text("name"), "a b/c+d");
  EXPECT_EQ(query.text("heat"), "cold");
  EXPECT_EQ(refused("parent=none&after=00000000000000000000000000000001"), "taken");
}

TEST(QueryTest, HasDefaultsForWhatIsLeftOut) {
  Query query = Query::parse("", kKnown).value();
  EXPECT_FALSE(query.integer("limit"));
  EXPECT_FALSE(query.flag("wait"));
  EXPECT_TRUE(query.flag("wait", true));
  EXPECT_FALSE(query.text("name"));
}

TEST(QueryTest, NamesWhatIsWrong) {
  EXPECT_THAT(refused("limit=0"), HasSubstr("`limit` must be a number from 1 to 10"));
  EXPECT_THAT(refused("limit=11"), HasSubstr("`limit`"));
  EXPECT_THAT(refused("limit=1x"), HasSubstr("`limit`"));
  EXPECT_THAT(refused("limit="), HasSubstr("`limit`"));
  EXPECT_THAT(refused("wait=yes"), HasSubstr("`wait` must be true or false"));
  EXPECT_THAT(refused("heat=warm"), HasSubstr("one of hot, cold"));
  EXPECT_THAT(refused("after=none"), HasSubstr("`after` must be the id of an actor"));
  EXPECT_THAT(refused("after="), HasSubstr("the id of an actor"));
  EXPECT_THAT(refused("parent=some"), HasSubstr("must be the id of an actor, or none"));
  EXPECT_THAT(refused("limti=1"), HasSubstr("did you mean `limit`?"));
  EXPECT_THAT(refused("limit=1&limit=1"), HasSubstr("occurs twice"));
  EXPECT_THAT(refused("name=%4"), HasSubstr("two hexadecimal digits"));
  EXPECT_THAT(refused("name=%ff"), HasSubstr("no UTF-8"));
  EXPECT_THAT(refused("name=%00"), HasSubstr("no UTF-8"));
}

}  // namespace theater::api::query_test
