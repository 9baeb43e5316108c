#include "theater/sandbox/command_user.h"

#include "theater/base/testing/temporary_folder.h"
#include "theater/sandbox/command_process.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fcntl.h>
#include <unistd.h>

namespace theater::command_user_test {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::StartsWith;

struct CommandUserTest : ::testing::Test {
  Descriptor opened() const {
    return Descriptor(::open(folder.path().c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  }
  void belongs_to(uid_t user, gid_t group) const {
    ASSERT_EQ(::chown(folder.path().c_str(), user, group), 0);
  }
  void SetUp() override { is_root = ::geteuid() == 0; }

  TemporaryFolder folder;
  bool is_root = false;
  SystemUser nobody = *user_named("nobody");
};

TEST_F(CommandUserTest, OfARootsFolderIsNone) {
  if (!is_root) GTEST_SKIP() << "only root runs commands as other users";
  Result<std::optional<SystemUser>> user = command_user(opened(), {});
  ASSERT_FALSE(user);
  EXPECT_EQ(user.error().code(), ErrorCode::kPermissionDenied);
  EXPECT_THAT(user.error().message(), StartsWith("commands never run as root"));
  EXPECT_THAT(user.error().message(), EndsWith("belongs to root"));
  EXPECT_THAT(user.error().hint(), HasSubstr("run_as = \"USER\" below [commands]"));
  belongs_to(4'000'000, 0);
  EXPECT_THAT(command_user(opened(), {}).error().message(),
              StartsWith("commands never run in the group of root, and that is the group of "
                         "4000000, the owner of the folder /"));
}

TEST_F(CommandUserTest, IsTheOwnerOfTheFolder) {
  if (!is_root) GTEST_SKIP() << "only root runs commands as other users";
  belongs_to(nobody.id, 0);
  EXPECT_EQ(*command_user(opened(), {}), nobody);
  belongs_to(4'000'000, 5'000'000);
  EXPECT_EQ(*command_user(opened(), {}), (SystemUser{"4000000", 4'000'000, 5'000'000}));
}

TEST_F(CommandUserTest, IsTheChosenOneWhoeverOwnsTheFolder) {
  if (!is_root) GTEST_SKIP() << "only root runs commands as other users";
  EXPECT_EQ(*command_user(opened(), nobody), nobody);
}

TEST_F(CommandUserTest, StaysIfTheNodeIsNotRoot) {
  if (is_root) GTEST_SKIP() << "root runs commands as other users";
  EXPECT_EQ(*command_user(opened(), {}), std::nullopt);
  EXPECT_EQ(*command_user(opened(), SystemUser{"self", ::geteuid(), ::getegid()}), std::nullopt);
  Result<std::optional<SystemUser>> other =
      command_user(opened(), SystemUser{"other", 4'000'000, 1});
  ASSERT_FALSE(other);
  EXPECT_THAT(other.error().message(), StartsWith("the policy lets commands run as other, and "));
  EXPECT_THAT(other.error().message(), EndsWith("cannot become another user"));
  EXPECT_THAT(other.error().hint(), HasSubstr("start the node as root or as other"));
}

TEST_F(CommandUserTest, IsNeverRootForAProcess) {
  CommandStart start{"/bin/true", {"true"}, {}, opened(), 0, SystemUser{"root", 0, 0}};
  Result<CommandProcess> process = start_process(start, CommandSandbox::filter_only());
  ASSERT_FALSE(process);
  EXPECT_EQ(process.error().code(), ErrorCode::kPermissionDenied);
  if (!is_root) return;
  start.user.reset();
  EXPECT_FALSE(start_process(start, CommandSandbox::filter_only()));
}

}  // namespace theater::command_user_test
