#include "theater/wit/names.h"

#include <gtest/gtest.h>

namespace theater::wit::names_test {

TEST(KebabCase, TurnsTheDashOfSnakeCase) {
  EXPECT_EQ(kebab_case("user_id"), "user-id");
  EXPECT_EQ(kebab_case("name"), "name");
  EXPECT_EQ(kebab_case("u2f_key"), "u2f-key");
}

TEST(KebabCase, DropsTheKOfAConstant) {
  EXPECT_EQ(kebab_case("kNotFound"), "not-found");
  EXPECT_EQ(kebab_case("kSha256"), "sha256");
  EXPECT_EQ(kebab_case("key"), "key");
  EXPECT_EQ(kebab_case("NotFound"), "not-found");
}

TEST(KebabCase, DropsAnUnderscoreThatKeepsClearOfAKeyword) {
  EXPECT_EQ(kebab_case("default_"), "default");
}

}  // namespace theater::wit::names_test
