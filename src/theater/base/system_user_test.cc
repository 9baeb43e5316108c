#include "theater/base/system_user.h"

#include <gtest/gtest.h>

namespace theater::system_user_test {

TEST(SystemUser, HasItsNameAndItsNumbers) {
  Result<SystemUser> root = user_named("root");
  ASSERT_TRUE(root) << root.error().to_string();
  EXPECT_EQ(*root, (SystemUser{"root", 0, 0}));
  EXPECT_EQ(*user_numbered(0), root);
}

TEST(SystemUser, ThatTheMachineDoesNotKnowIsNone) {
  Result<SystemUser> nobody = user_named("no such user");
  ASSERT_FALSE(nobody);
  EXPECT_EQ(nobody.error().code(), ErrorCode::kNotFound);
  EXPECT_EQ(nobody.error().message(), "this machine has no user `no such user`");
  Result<std::optional<SystemUser>> number = user_numbered(3'999'999'999u);
  ASSERT_TRUE(number);
  EXPECT_EQ(*number, std::nullopt);
}

}  // namespace theater::system_user_test
