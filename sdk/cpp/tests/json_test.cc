#include <gtest/gtest.h>
#include <theater/json.hpp>

#include <limits>

namespace theater::json {
namespace {

std::string round_trip(std::string_view text) {
  auto value = parse(text);
  return value ? value->dump() : value.error();
}

TEST(Json, WritesWhatItReads) {
  for (std::string_view text :
       {"null", "true", "false", "0", "-1", "12.50", "1e+9", R"("")", R"("a\"\\\n\t\r\u0001")",
        "[]", "{}", R"([1,[2,{"a":null}]])", R"({"b":1,"a":{"c":[true]}})", R"("ü€😀")"}) {
    EXPECT_EQ(round_trip(text), text);
  }
  EXPECT_EQ(round_trip(" [ 1 ,\n2 ] "), "[1,2]");
}

TEST(Json, ReadsEscapes) {
  EXPECT_EQ(parse(R"("\u00fc\u20ac\ud83d\ude00\/\b\f")")->text(), "ü€😀/\b\f");
}

TEST(Json, RefusesWhatIsMalformed) {
  for (std::string_view text : {"",
                                " ",
                                "nul",
                                "01",
                                "-",
                                "1.",
                                ".5",
                                "1e",
                                "+1",
                                "\"",
                                "\"\n\"",
                                R"("\x")",
                                R"("\u12")",
                                R"("\ud800")",
                                R"("\udc00")",
                                R"("\ud800\u0041")",
                                "[1",
                                "[1,]",
                                "[,]",
                                "{",
                                R"({"a"})",
                                R"({"a":})",
                                "{a:1}",
                                R"({"a":1,})",
                                "1 2",
                                "\"\xff\"",
                                "\"\xed\xa0\x80\"",
                                "tru",
                                "[1 2]"}) {
    EXPECT_FALSE(parse(text)) << text;
  }
  EXPECT_EQ(parse("[1,x]").error(), "JSON, byte 3: a value was expected");
  EXPECT_EQ(parse("{} x").error(), "JSON, byte 3: nothing more was expected");
}

TEST(Json, RefusesDeepNesting) {
  auto nested = [](int depth) {
    return std::string(static_cast<size_t>(depth), '[') +
           std::string(static_cast<size_t>(depth), ']');
  };
  EXPECT_TRUE(parse(nested(kDepthMax)));
  EXPECT_FALSE(parse(nested(kDepthMax + 2)));
  EXPECT_FALSE(parse(std::string(100'000, '[')));
}

TEST(Json, FindsNullWhereThereIsNothing) {
  Value value = *parse(R"({"a":[1,"x"]})");
  EXPECT_EQ(value["a"][0].integer(), 1);
  EXPECT_EQ(value["a"][1].text(), "x");
  EXPECT_TRUE(value["a"][2].is_null());
  EXPECT_TRUE(value["b"]["c"][7].is_null());
  EXPECT_EQ(value["a"].text("none"), "none");
  EXPECT_FALSE(value["a"].integer());
}

TEST(Json, KeepsNumbersExact) {
  EXPECT_EQ(parse("9223372036854775807")->integer(), std::numeric_limits<int64_t>::max());
  EXPECT_FALSE(parse("9223372036854775808")->integer());
  EXPECT_EQ(parse("18446744073709551615")->integer<uint64_t>(),
            std::numeric_limits<uint64_t>::max());
  EXPECT_FALSE(parse("300")->integer<uint8_t>());
  EXPECT_FALSE(parse("1.0")->integer());
  EXPECT_EQ(parse("1.5e1")->number(), 15.0);
}

TEST(Json, WritesTheShortestNumberThatReadsBack) {
  EXPECT_EQ(Value(0.1).dump(), "0.1");
  EXPECT_EQ(Value(1.0 / 3).dump(), "0.33333333333333331");
  EXPECT_EQ(Value(std::numeric_limits<double>::infinity()).dump(), "null");
  EXPECT_EQ(Value(std::numeric_limits<double>::quiet_NaN()).dump(), "null");
}

TEST(Json, BuildsValues) {
  Value value = Value::object({{"name", "a"}, {"list", Value::array({1, true, nullptr})}});
  value.set("name", "b").set("more", 2);
  value.set("pushed", Value().push("x").push(1));
  EXPECT_EQ(value.dump(), R"({"name":"b","list":[1,true,null],"more":2,"pushed":["x",1]})");
  EXPECT_EQ(*parse(value.dump()), value);
}

TEST(Json, RepairsTextThatIsNotUtf8) {
  EXPECT_EQ(Value("a\xff").dump(), "\"a\xEF\xBF\xBD\"");
}

}  // namespace
}  // namespace theater::json
