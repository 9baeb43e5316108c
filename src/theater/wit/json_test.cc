#include "theater/wit/json.h"

#include "theater/wit/base64.h"
#include "theater/wit/json_text.h"
#include "theater/wit/traits.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <limits>

namespace theater::wit::json_test {

template <class T>
std::string text_of(const T& value) {
  return to_json_text(type_of<T>(), encode(value), JsonStyle::kCompact).value();
}

// The value read from `json` as JSON again, or why it could not be read.
std::string reread(const Type& type, std::string_view json) {
  Result<Bytes> value = from_json_text(type, json);
  if (!value) return value.error().message();
  return to_json_text(type, *value, JsonStyle::kCompact).value();
}

TEST(ToJson, ShowsIntegersThatJsonReadersLoseAsText) {
  EXPECT_EQ(text_of(uint64_t{9007199254740991}), "9007199254740991");
  EXPECT_EQ(text_of(uint64_t{9007199254740992}), R"("9007199254740992")");
  EXPECT_EQ(text_of(std::numeric_limits<int64_t>::min()), R"("-9223372036854775808")");
  EXPECT_EQ(text_of(int8_t{-1}), "-1");
}

TEST(ToJson, ShowsFloatsShortlyAndNamesTheRest) {
  EXPECT_EQ(text_of(0.1F), "0.1");
  EXPECT_EQ(text_of(0.1), "0.1");
  EXPECT_EQ(text_of(-std::numeric_limits<float>::infinity()), R"("-inf")");
  EXPECT_EQ(text_of(std::numeric_limits<double>::quiet_NaN()), R"("nan")");
}

TEST(ToJson, ShowsBytesToPeopleAsTheTextThatTheyAre) {
  auto shown = [](const Bytes& bytes) {
    return to_ordered_json(type_of<Bytes>(), encode(bytes), JsonBytes::kShown)->dump();
  };
  EXPECT_EQ(shown(to_bytes("hé\n")), R"("hé\n")");
  EXPECT_EQ(shown(Bytes{0, 0xff}), R"({"hex":"00ff","length":2})");
}

TEST(ToJson, KeepsTheOrderOfFieldsOnDemand) {
  Type type = Type::record({{"z", Type::u8()}, {"a", Type::u8()}});
  EXPECT_EQ(to_ordered_json(type, Bytes{1, 2})->dump(), R"({"z":1,"a":2})");
}

TEST(ToJson, ShowsBytesAsTextOnlyIfTheyArePlainText) {
  EXPECT_EQ(text_of(to_bytes("hé\n")), R"({"text":"hé\n"})");
  EXPECT_EQ(text_of(Bytes{}), R"({"text":""})");
  EXPECT_EQ(text_of(Bytes{0}), R"({"base64":"AA=="})");
  EXPECT_EQ(text_of(Bytes{0xff, 0xfe, 0xfd}), R"({"base64":"//79"})");
  EXPECT_EQ(text_of(Bytes{0xc2, 0x85}), R"({"base64":"woU="})");
  EXPECT_EQ(text_of(Bytes{0x7f}), R"({"base64":"fw=="})");
}

TEST(ToJson, TellsNestedOptionsApart) {
  using Nested = std::optional<std::optional<uint8_t>>;
  EXPECT_EQ(text_of(Nested()), "null");
  EXPECT_EQ(text_of(Nested(std::in_place)), R"({"some":null})");
  EXPECT_EQ(text_of(Nested(uint8_t{7})), R"({"some":7})");
  EXPECT_EQ(text_of(std::optional<uint8_t>(7)), "7");
}

TEST(ToJson, ShowsResultsByTheirSide) {
  EXPECT_EQ(text_of(tl::expected<void, std::string>()), R"({"ok":null})");
  EXPECT_EQ(text_of(tl::expected<void, std::string>(tl::unexpect, "no")), R"({"error":"no"})");
}

TEST(ToJson, KeepsTheOrderOfFieldsInText) {
  Type type = Type::record({{"z", Type::u8()}, {"a", Type::boolean()}});
  EXPECT_EQ(to_json_text(type, Bytes{1, 1}, JsonStyle::kCompact).value(), R"({"z":1,"a":true})");
  EXPECT_EQ(to_json_text(type, Bytes{1, 1}, JsonStyle::kPretty).value(),
            "{\n  \"z\": 1,\n  \"a\": true\n}");
}

TEST(ToJson, RefusesWhatIsNoValue) {
  EXPECT_FALSE(to_json_text(Type::boolean(), Bytes{2}, JsonStyle::kCompact));
}

TEST(FromJson, AcceptsIntegersInEveryForm) {
  EXPECT_EQ(reread(Type::u8(), "255"), "255");
  EXPECT_EQ(reread(Type::u8(), R"("255")"), "255");
  EXPECT_EQ(reread(Type::s16(), "-3.0"), "-3");
  EXPECT_EQ(reread(Type::u64(), R"("18446744073709551615")"), R"("18446744073709551615")");
}

TEST(FromJson, RefusesNumbersOutOfRange) {
  EXPECT_EQ(reread(Type::u8(), "256"), "at $: expected u8, found 256");
  EXPECT_EQ(reread(Type::u8(), "-1"), "at $: expected u8, found -1");
  EXPECT_EQ(reread(Type::u8(), "1.5"), "at $: expected u8, found 1.5");
  EXPECT_EQ(reread(Type::s8(), R"("128")"), R"(at $: expected s8, found "128")");
  EXPECT_EQ(reread(Type::u8(), R"("1x")"), R"(at $: expected u8, found "1x")");
  EXPECT_EQ(reread(Type::f32(), "1e39"), "at $: expected f32, found 1e+39");
}

TEST(FromJson, AcceptsBytesInEveryForm) {
  Type bytes = Type::list(Type::u8());
  EXPECT_EQ(reread(bytes, "[104, 105]"), R"({"text":"hi"})");
  EXPECT_EQ(reread(bytes, R"({"base64": "aGk="})"), R"({"text":"hi"})");
  EXPECT_EQ(reread(bytes, R"({"text": "hi"})"), R"({"text":"hi"})");
}

TEST(FromJson, RefusesBytesInOtherForms) {
  Type bytes = Type::list(Type::u8());
  EXPECT_EQ(reread(bytes, "[1, 300]"), "at $[1]: expected u8, found 300");
  EXPECT_EQ(reread(bytes, R"({"base64": "a"})"),
            "at $.base64: base64 text has a multiple of four characters, not 1");
  EXPECT_EQ(reread(bytes, R"("hi")"), R"(at $: expected list<u8>, found "hi")");
  EXPECT_EQ(reread(bytes, "{}"),
            R"(at $: expected list<u8>, such as {"text": "…"} or {"base64": "…"}, )"
            "found an object with 0 members");
}

TEST(FromJson, NamesThePlaceAndTheTypeExpected) {
  Type type = Type::record({{"items", Type::list(Type::tuple({Type::u8(), Type::string()}))}});
  EXPECT_EQ(reread(type, R"({"items": [[1, "a"], [2, 3]]})"),
            "at $.items[1][1]: expected string, found 3");
  EXPECT_EQ(reread(type, R"({"items": [[1]]})"),
            "at $.items[0]: expected tuple<u8, string>, an array of 2, found one of 1");
}

TEST(FromJson, LeavesOutOnlyFieldsThatAreOptions) {
  Type type = Type::record({{"name", Type::string()}, {"note", Type::option(Type::string())}});
  EXPECT_EQ(reread(type, R"({"name": "a"})"), R"({"name":"a","note":null})");
  EXPECT_EQ(reread(type, R"({"note": "a"})"), "at $: the field `name` is missing, a string");
}

TEST(FromJson, SuggestsTheNearestName) {
  Type type = Type::record({{"name", Type::string()}});
  EXPECT_EQ(reread(type, R"({"name": "a", "nane": "b"})"),
            R"(at $: there is no field "nane"; did you mean `name`?)");
  EXPECT_EQ(reread(Type::enumeration({"started", "stopped"}), R"("startd")"),
            R"(at $: there is no case "startd"; did you mean `started`?)");
}

TEST(FromJson, ReadsVariantsByCase) {
  Type type = Type::variant({{"none", std::nullopt}, {"count", Type::u8()}});
  EXPECT_EQ(reread(type, R"("none")"), R"("none")");
  EXPECT_EQ(reread(type, R"({"none": null})"), R"("none")");
  EXPECT_EQ(reread(type, R"({"count": 3})"), R"({"count":3})");
  EXPECT_EQ(reread(type, R"("count")"),
            R"(at $: the case `count` has a payload: write {"count": …} with a u8)");
  EXPECT_EQ(reread(type, R"({"none": 1})"), "at $.none: the case has no payload, found 1");
}

TEST(FromJson, ReadsFlagsInAnyOrderButOnce) {
  Type type = Type::flags({"read", "write"});
  EXPECT_EQ(reread(type, R"(["write", "read"])"), R"(["read","write"])");
  EXPECT_EQ(reread(type, R"(["read", "read"])"), "at $[1]: `read` is there twice");
}

TEST(FromJson, ReadsExactlyOneCharacter) {
  EXPECT_EQ(reread(Type::character(), R"("é")"), R"("é")");
  EXPECT_EQ(reread(Type::character(), R"("ab")"),
            R"(at $: expected char, one character, found "ab")");
}

TEST(FromJson, SaysWhereTheTextIsNotJson) {
  EXPECT_EQ(reread(Type::u8(), "{oops"), "the text is not JSON at character 2: expected u8");
  EXPECT_EQ(reread(Type::string(), "\"\xff\""),
            "the text is not JSON at character 2: expected string");
}

TEST(IsJson, TakesOneValueInUtf8) {
  for (const char* text : {"1", " {\"a\": [true, null]}\r\n", "\"\xc3\xa9\"", "-0.5e3"})
    EXPECT_TRUE(is_json(as_bytes(text))) << text;
  for (const char* text : {"", " ", "1 2", "{", "{a: 1}", "\"\xff\"", "nul", "01", "[1,]", "'a'"})
    EXPECT_FALSE(is_json(as_bytes(text))) << text;
  std::string deep(1'000'000, '[');
  EXPECT_FALSE(is_json(as_bytes(deep)));
  EXPECT_TRUE(is_json(as_bytes(deep + std::string(deep.size(), ']'))));
}

TEST(Base64, MatchesTheVectorsOfRfc4648) {
  for (auto [plain, coded] : {std::pair{"", ""},
                              {"f", "Zg=="},
                              {"fo", "Zm8="},
                              {"foo", "Zm9v"},
                              {"foob", "Zm9vYg=="},
                              {"fooba", "Zm9vYmE="},
                              {"foobar", "Zm9vYmFy"}}) {
    EXPECT_EQ(to_base64(as_bytes(plain)), coded);
    EXPECT_EQ(from_base64(coded).value(), to_bytes(plain));
  }
}

TEST(Base64, RefusesEveryOtherSpelling) {
  for (const char* text :
       {"Zg", "Zg=", "Zh==", "Zm9=", "Z===", "=Zg=", "Zg==Zg==", "Zm 9", "Zm9-"}) {
    EXPECT_FALSE(from_base64(text)) << text;
  }
}

}  // namespace theater::wit::json_test
