#include "theater/wit/type.h"

#include <gtest/gtest.h>

namespace theater::wit::type_test {

TEST(Type, IsEqualByStructure) {
  Type one = Type::record({{"a", Type::list(Type::u8())}, {"b", Type::string()}});
  Type other = Type::record({{"a", Type::list(Type::u8())}, {"b", Type::string()}});
  EXPECT_EQ(one, other);
}

TEST(Type, DiffersByNamesOrderAndParts) {
  Type one = Type::record({{"a", Type::u8()}, {"b", Type::string()}});
  EXPECT_NE(one, Type::record({{"a", Type::u8()}, {"c", Type::string()}}));
  EXPECT_NE(one, Type::record({{"b", Type::string()}, {"a", Type::u8()}}));
  EXPECT_NE(one, Type::tuple({Type::u8(), Type::string()}));
  EXPECT_NE(Type::enumeration({"a", "b"}), Type::enumeration({"a", "c"}));
  EXPECT_NE(Type::enumeration({"a"}), Type::flags({"a"}));
  EXPECT_NE(Type::result(Type::u8(), std::nullopt), Type::result(std::nullopt, Type::u8()));
  EXPECT_NE(Type::own("file"), Type::borrow("file"));
  EXPECT_NE(Type::own("file"), Type::own("socket"));
  EXPECT_NE(Type::list(Type::u8()), Type::option(Type::u8()));
}

TEST(Type, KnowsTheLeastSizeOfItsValues) {
  EXPECT_EQ(Type::tuple({}).size_min(), 0U);
  EXPECT_EQ(Type::tuple({Type::f64(), Type::f32(), Type::string()}).size_min(), 13U);
  EXPECT_EQ(Type::flags({}).size_min(), 0U);
  EXPECT_EQ(Type::flags({"a", "b", "c", "d", "e", "f", "g", "h", "i"}).size_min(), 2U);
  EXPECT_EQ(Type::option(Type::f64()).size_min(), 1U);
}

TEST(Type, CountsItsDepth) {
  EXPECT_EQ(Type::u8().depth(), 1U);
  EXPECT_EQ(Type::tuple({}).depth(), 1U);
  EXPECT_EQ(Type::result(std::nullopt, Type::list(Type::u8())).depth(), 3U);
}

TEST(TypeDeathTest, RefusesToNestTooDeep) {
  Type deep = Type::u8();
  while (deep.depth() < kTypeDepthMax)
    deep = Type::option(deep);
  EXPECT_DEATH(Type::option(deep), "nests 101 deep");
}

TEST(TypeDeathTest, RefusesARepeatedName) {
  EXPECT_DEATH(Type::flags({"a", "b", "a"}), "`a` occurs twice in a flags");
}

TEST(FuncType, MatchesWhateverItsParametersAreCalled) {
  FuncType one{{{"msg", Type::string()}}, Type::u8()};
  FuncType other{{{"text", Type::string()}}, Type::u8()};
  EXPECT_TRUE(one.matches(other));
  EXPECT_NE(one, other);
}

TEST(FuncType, DoesNotMatchAnotherShape) {
  FuncType one{{{"msg", Type::string()}}, Type::u8()};
  EXPECT_FALSE(one.matches({{{"msg", Type::string()}}, std::nullopt}));
  EXPECT_FALSE(one.matches({{}, Type::u8()}));
  EXPECT_FALSE(one.matches({{{"msg", Type::string()}}, Type::u8(), true}));
}

TEST(FuncType, TakesItsArgumentsAsATuple) {
  FuncType one{{{"a", Type::string()}, {"b", Type::u8()}}, std::nullopt};
  EXPECT_EQ(one.params_tuple(), Type::tuple({Type::string(), Type::u8()}));
}

}  // namespace theater::wit::type_test
