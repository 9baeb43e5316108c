#include "theater/cli/toolchain/sdk_link.h"

#include "theater/base/file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

namespace theater::cli::sdk_link_test {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

class SdkLinkTest : public ::testing::Test {
 protected:
  SdkLinkTest() {
    std::string path = (fs::temp_directory_path() / "theater-link-test-XXXXXX").string();
    root_ = mkdtemp(path.data());
    link_ = root_ / "actor/theater-sdk";
    fs::create_directory(root_ / "actor");
    fs::create_directory(root_ / "sdk");
  }
  ~SdkLinkTest() override {
    std::error_code ignored;
    fs::remove_all(root_, ignored);
  }

  // The entries of the actor's folder, drafts included.
  size_t entries() const {
    auto all = fs::directory_iterator(root_ / "actor");
    return static_cast<size_t>(std::distance(fs::begin(all), fs::end(all)));
  }

  fs::path root_;
  fs::path link_;
};

TEST_F(SdkLinkTest, RefusesAFileOfTheLinksName) {
  ASSERT_TRUE(write_file(link_, as_bytes("mine")));
  auto linked = link_sdk(root_ / "actor", root_ / "sdk");
  ASSERT_FALSE(linked);
  EXPECT_THAT(linked.error().message(), HasSubstr("theater-sdk is no link to the SDK"));
  EXPECT_EQ(*read_text_file(link_), "mine");
}

TEST_F(SdkLinkTest, FailsWhereThereIsNoFolder) {
  auto linked = link_sdk(root_ / "gone", root_ / "sdk");
  ASSERT_FALSE(linked);
  EXPECT_THAT(linked.error().message(), HasSubstr("gone"));
}

TEST_F(SdkLinkTest, LeadsToTheSdkOfTheMoment) {
  ASSERT_TRUE(link_sdk(root_ / "actor", root_ / "sdk"));
  EXPECT_EQ(fs::read_symlink(link_), root_ / "sdk");
  ASSERT_TRUE(link_sdk(root_ / "actor", root_ / "sdk"));
  // Its SDK may have gone.
  fs::create_directory(root_ / "other");
  fs::remove(root_ / "sdk");
  ASSERT_TRUE(link_sdk(root_ / "actor", root_ / "other"));
  EXPECT_EQ(fs::read_symlink(link_), root_ / "other");
  EXPECT_EQ(entries(), 1u);
}

TEST_F(SdkLinkTest, LeavesAnSdkOfTheActorItself) {
  fs::create_directory(link_);
  ASSERT_TRUE(link_sdk(root_ / "actor", root_ / "sdk"));
  EXPECT_TRUE(fs::is_directory(fs::symlink_status(link_)));
}

TEST_F(SdkLinkTest, IsWantedByPackagesThatNameIt) {
  fs::path file = root_ / "actor/Cargo.toml";
  EXPECT_FALSE(names_sdk_link(file));
  ASSERT_TRUE(write_file(file, as_bytes("[package]\nname = \"theater-sdk\"\n")));
  EXPECT_FALSE(names_sdk_link(file));
  ASSERT_TRUE(write_file(file, as_bytes("theater = { path = \"theater-sdk/rust\" }\n")));
  EXPECT_TRUE(names_sdk_link(file));
}

}  // namespace theater::cli::sdk_link_test
