#include "theater/wit/print.h"

#include <gtest/gtest.h>

namespace theater::wit::print_test {

TEST(ToWit, PrintsEveryKind) {
  EXPECT_EQ(to_wit(Type::character()), "char");
  EXPECT_EQ(
      to_wit(Type::result(Type::tuple({Type::option(Type::list(Type::u8()))}), Type::string())),
      "result<tuple<option<list<u8>>>, string>");
  EXPECT_EQ(to_wit(Type::result(std::nullopt, std::nullopt)), "result");
  EXPECT_EQ(to_wit(Type::result(Type::u8(), std::nullopt)), "result<u8>");
  EXPECT_EQ(to_wit(Type::result(std::nullopt, Type::u8())), "result<_, u8>");
  EXPECT_EQ(to_wit(Type::record({{"accepted", Type::boolean()}, {"note", Type::string()}})),
            "record { accepted: bool, note: string }");
  EXPECT_EQ(to_wit(Type::record({})), "record {}");
  EXPECT_EQ(to_wit(Type::variant({{"none", std::nullopt}, {"some", Type::f32()}})),
            "variant { none, some(f32) }");
  EXPECT_EQ(to_wit(Type::enumeration({"a", "b"})), "enum { a, b }");
  EXPECT_EQ(to_wit(Type::flags({"read", "write"})), "flags { read, write }");
  EXPECT_EQ(to_wit(Type::own("file")), "own<file>");
  EXPECT_EQ(to_wit(Type::borrow("file")), "borrow<file>");
}

TEST(ToWit, PrintsFunctionsWithParameterNames) {
  FuncType log{{{"msg", Type::string()}}, Type::result(std::nullopt, Type::string())};
  EXPECT_EQ(to_wit("log", log), "log: func(msg: string) -> result<_, string>");
  EXPECT_EQ(to_wit("stop", FuncType{}), "stop: func()");
  EXPECT_EQ(to_wit("wait", FuncType{{}, std::nullopt, true}), "wait: async func()");
}

std::string mismatch_text(FuncType wanted, FuncType found) {
  return mismatch(wanted, found).value_or("none");
}

TEST(Mismatch, IsNoneForEqualShapes) {
  EXPECT_EQ(mismatch_text({{{"a", Type::u8()}}, std::nullopt}, {{{"b", Type::u8()}}, std::nullopt}),
            "none");
}

TEST(Mismatch, NamesAParameterThatDiffers) {
  EXPECT_EQ(mismatch_text({{{"level", Type::u8()}}, {}}, {{{"level", Type::u32()}}, {}}),
            "parameter 1 (`level`): wanted `u8`, found `u32`");
}

TEST(Mismatch, NamesAParameterThatIsMissing) {
  EXPECT_EQ(
      mismatch_text({{{"a", Type::u8()}, {"msg", Type::string()}}, {}}, {{{"a", Type::u8()}}, {}}),
      "parameter 2 (`msg`): wanted `string`, found nothing");
  EXPECT_EQ(mismatch_text({}, {{{"a", Type::u8()}}, {}}),
            "parameter 1 (`a`): wanted nothing, found `u8`");
}

TEST(Mismatch, DescendsToTheFirstDifference) {
  auto type = [](Type note) {
    Type answer = Type::record({{"accepted", Type::boolean()}, {"note", std::move(note)}});
    return FuncType{{}, Type::result(Type::list(answer), Type::string())};
  };
  EXPECT_EQ(mismatch_text(type(Type::string()), type(Type::option(Type::string()))),
            "the result at .ok[].note: wanted `string`, found `option<string>`");
}

TEST(Mismatch, ShowsNamesThatDiffer) {
  EXPECT_EQ(mismatch_text({{{"x", Type::enumeration({"a", "b"})}}, {}},
                          {{{"x", Type::enumeration({"a", "c"})}}, {}}),
            "parameter 1 (`x`): wanted case 2 to be `b`, found `c`");
  EXPECT_EQ(mismatch_text({{{"x", Type::record({{"a", Type::u8()}})}}, {}},
                          {{{"x", Type::record({{"a", Type::u8()}, {"b", Type::u8()}})}}, {}}),
            "parameter 1 (`x`): wanted field 2 to be nothing, found `b`");
}

TEST(Mismatch, ShowsAPayloadThatIsMissing) {
  EXPECT_EQ(mismatch_text({{}, Type::variant({{"a", Type::u8()}})},
                          {{}, Type::variant({{"a", std::nullopt}})}),
            "the result at .a: wanted `u8`, found nothing");
}

TEST(Mismatch, TellsAsyncFunctionsApart) {
  EXPECT_EQ(mismatch_text({}, {{}, std::nullopt, true}),
            "wanted a function, found an async function");
}

}  // namespace theater::wit::print_test
