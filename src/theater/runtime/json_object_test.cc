#include "theater/runtime/json_object.h"

#include <gtest/gtest.h>

#include <string>

namespace theater::json_object_test {

std::string listed(std::string_view text) {
  auto members = json_members(text);
  if (!members) return "no object";
  std::string list;
  for (const JsonMember& member : *members)
    list += member.key + "=" + std::string(member.value) + ";";
  return list;
}

TEST(JsonObject, RefusesWhatIsNoObject) {
  for (std::string_view text :
       {"", " ", "1", "[{}]", "\"{}\"", "null", "{", "{}}", "{\"a\"}", "{a:1}", "{\"a\":1,}",
        "\xef\xbb\xbf{}", "{\"\xff\":1}", "{\"a\":1e999}"})
    EXPECT_EQ(listed(text), "no object") << text;
  EXPECT_EQ(listed(std::string_view("{}\0x", 4)), "no object");
  EXPECT_EQ(listed(std::string_view("{}\0", 3)), "no object");
}

TEST(JsonObject, ListsMembersAsTheyAreWritten) {
  EXPECT_EQ(listed("{}"), "");
  EXPECT_EQ(listed(" { } "), "");
  EXPECT_EQ(listed("{\"a\":1}"), "a=1;");
  EXPECT_EQ(listed("\n{ \"a\" :\t1.50 , \"b\":[ {\"x\":\"}]\"} , 2 ] ,\"\":{ }\r} "),
            "a=1.50;b=[ {\"x\":\"}]\"} , 2 ];={ };");
  EXPECT_EQ(listed(R"({"a\"\u0062,":"\\","c":"\",{"})"), R"(a"b,="\\";c="\",{";)");
  EXPECT_EQ(listed("{\"n\":123456789012345678901234567890}"), "n=123456789012345678901234567890;");
}

TEST(JsonObject, LetsTheLastOfEqualKeysCount) {
  EXPECT_EQ(listed(R"({"a":1,"b":2,"\u0061":3})"), "a=3;b=2;");
}

TEST(JsonObject, BearsDeepNesting) {
  std::string deep(100'000, '[');
  deep += std::string(100'000, ']');
  EXPECT_EQ(json_members("{\"a\":" + deep + "}")->size(), 1u);
  EXPECT_EQ(json_as_text(deep), deep);
  EXPECT_TRUE(json_problem(deep.substr(1)).has_value());
}

TEST(JsonObject, SaysWhatIsNoJson) {
  for (std::string_view text : {"1", " {} ", "\"a\"", "null", "[1, 2]"})
    EXPECT_EQ(json_problem(text), std::nullopt) << text;
  EXPECT_TRUE(json_problem("")->find("unexpected end") != std::string::npos);
  EXPECT_TRUE(json_problem("{\"a\": tru}")->find("column 10") != std::string::npos);
  EXPECT_EQ(json_problem(std::string_view("1\0", 2)), "a zero byte at offset 1");
}

TEST(JsonObject, LeavesOutWhiteSpaceBetweenPartsOnly) {
  std::string out = "x";
  append_compact(out, "{ \"a b\" : [ 1 ,\n\"\\\" c\" , \"\\\\\" ] }\t");
  EXPECT_EQ(out, "x{\"a b\":[1,\"\\\" c\",\"\\\\\"]}");
}

TEST(JsonObject, TurnsValuesIntoText) {
  EXPECT_EQ(json_as_text(R"("a\n\u00e9")"), "a\n\xc3\xa9");
  EXPECT_EQ(json_as_text("null"), std::nullopt);
  EXPECT_EQ(json_as_text("[ 1, null ]"), "[1,null]");
  EXPECT_EQ(json_as_text("18446744073709551616"), "18446744073709551616");
}

}  // namespace theater::json_object_test
