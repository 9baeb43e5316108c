#include "theater/wit/diff.h"

#include "theater/wit/traits.h"

#include <gtest/gtest.h>

namespace theater::wit::diff_test {

template <class T>
std::string differ(const T& left, const T& right) {
  auto found = difference(type_of<T>(), encode(left), encode(right), "params");
  return found ? found->to_string() : "none";
}

TEST(Difference, IsNoneForEqualValues) {
  EXPECT_EQ(differ(std::string("a"), std::string("a")), "none");
}

TEST(Difference, NamesTheFirstPlace) {
  using Pairs = std::tuple<uint8_t, std::vector<std::tuple<std::string, int32_t>>>;
  EXPECT_EQ(differ(Pairs{1, {{"a", 1}, {"b", -2}}}, Pairs{1, {{"a", 1}, {"b", 300}}}),
            "at params.1[1].1: left has -2, right has 300");
}

TEST(Difference, ShowsTheElementThatOneListLacks) {
  using List = std::vector<uint16_t>;
  EXPECT_EQ(differ(List{1, 2, 3}, List{1, 2}),
            "at params[2]: left has 3, right has nothing, after 2 elements");
}

TEST(Difference, ShowsBothSidesOfADifferentChoice) {
  using Outcome = tl::expected<uint8_t, std::string>;
  EXPECT_EQ(differ(Outcome(1), Outcome(tl::unexpect, "no")),
            R"(at params: left has {"ok":1}, right has {"error":"no"})");
  EXPECT_EQ(differ(Outcome(tl::unexpect, "yes"), Outcome(tl::unexpect, "no")),
            R"(at params.error: left has "yes", right has "no")");
  EXPECT_EQ(differ(std::optional<uint8_t>(), std::optional<uint8_t>(3)),
            "at params: left has null, right has 3");
}

TEST(Difference, ShowsAWindowOfTextInBytes) {
  Bytes left = to_bytes("The quick brown fox jumps over the lazy dog");
  Bytes right = left;
  right[20] = 'p';
  EXPECT_EQ(differ(left, right),
            R"(at params: left has offset 20 of 43: …"quick brown fox jumps over the l"…, )"
            R"(right has offset 20 of 43: …"quick brown fox pumps over the l"…)");
}

TEST(Difference, ShowsBytesThatAreNoTextInHexadecimal) {
  Bytes left = {1, 2, 3};
  Bytes right = {1, 2};
  EXPECT_EQ(differ(left, right),
            "at params: left has offset 2 of 3: 010203, right has offset 2 of 2: 0102");
}

TEST(Difference, CutsLongTextBetweenCharacters) {
  std::string left;
  for (int i = 0; i < 100; ++i)
    left += "é";
  std::string right = left;
  right[101] = '\xa8';
  EXPECT_EQ(differ(left, right), R"(at params: left has offset 101 of 200: …"ééééééééééééééééé"…, )"
                                 R"(right has offset 101 of 200: …"ééééééééèéééééééé"…)");
}

TEST(Difference, SaysWhichSideIsNoValue) {
  auto found = difference(Type::boolean(), Bytes{2}, Bytes{1});
  EXPECT_EQ(found->left, "no value: at value, offset 0: bool: expected 00 or 01, found 02");
  EXPECT_EQ(found->right, "a value");
}

}  // namespace theater::wit::diff_test
