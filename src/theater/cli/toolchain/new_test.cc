#include "theater/cli/toolchain/new.h"

#include "theater/base/file.h"
#include "theater/cli/toolchain/build.h"
#include "theater/manifest/manifest.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>

namespace theater::cli::new_test {

namespace fs = std::filesystem;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

class NewTest : public ::testing::Test {
 protected:
  NewTest() {
    std::string path = (fs::temp_directory_path() / "theater-new-test-XXXXXX").string();
    root_ = mkdtemp(path.data());
  }
  ~NewTest() override {
    std::error_code ignored;
    fs::permissions(root_, fs::perms::owner_all, ignored);
    fs::remove_all(root_, ignored);
  }

  static Result<NewActorReport> make(const fs::path& folder, size_t shape = 0,
                                     GuestLanguage language = GuestLanguage::kCpp) {
    return make_new_actor({folder, &actor_shapes()[shape], language});
  }
  static std::string error_of(const fs::path& folder) {
    auto made = make(folder);
    return made ? "no error" : made.error().message() + "\n" + made.error().hint();
  }
  // What is in the folder that all is made in, drafts included.
  std::vector<std::string> left() const {
    std::vector<std::string> names;
    for (const fs::directory_entry& entry : fs::directory_iterator(root_))
      names.push_back(entry.path().filename().string());
    return names;
  }

  fs::path root_;
};

TEST_F(NewTest, EveryTemplateMakesManifestsThatAreRight) {
  for (GuestLanguage language : guest_languages()) {
    for (size_t shape = 0; shape < actor_shapes().size(); ++shape) {
      fs::path folder = root_ / fmt::format("a-{}-{}", language_option(language), shape);
      auto made = make(folder, shape, language);
      ASSERT_TRUE(made) << made.error().to_string();
      EXPECT_THAT(left(), Contains(folder.filename().string()));
      for (const std::string& file : made->files) {
        auto text = read_text_file(folder / file);
        ASSERT_TRUE(text) << text.error().to_string();
        EXPECT_THAT(*text, Not(HasSubstr("@NAME@"))) << file;
        EXPECT_THAT(*text, Not(HasSubstr("@STATE@"))) << file;
      }
      auto manifest = read_manifest(folder / "manifest.toml");
      ASSERT_TRUE(manifest) << manifest.error().to_string();
      EXPECT_EQ(manifest->name, made->name);
      EXPECT_EQ(manifest->component_path, folder / "build" / (made->name + ".wasm"));
      for (const ChildEntry& child : manifest->children) {
        EXPECT_TRUE(read_manifest(folder / child.manifest)) << child.manifest;
      }
      EXPECT_THAT(made->files, Contains("README.md"));
    }
  }
}

TEST_F(NewTest, MakesTheSimplestOfFourFiles) {
  auto made = make(root_ / "tally/");
  ASSERT_TRUE(made) << made.error().to_string();
  EXPECT_EQ(made->name, "tally");
  EXPECT_THAT(made->files, ElementsAre(".gitignore", "README.md", "actor.cpp", "manifest.toml"));
  EXPECT_THAT(left(), ElementsAre("tally"));
  struct stat status{};
  ASSERT_EQ(::stat((root_ / "tally").c_str(), &status), 0);
  mode_t mask = ::umask(0);
  ::umask(mask);
  EXPECT_EQ(status.st_mode & 0777, 0777 & ~mask);
}

TEST_F(NewTest, TakesAnEmptyFolderAndNoOther) {
  fs::create_directory(root_ / "empty");
  EXPECT_TRUE(make(root_ / "empty"));
  fs::create_directory(root_ / "full");
  ASSERT_TRUE(write_file(root_ / "full/notes.txt", as_bytes("mine")));
  EXPECT_THAT(error_of(root_ / "full"), HasSubstr("is a folder that is not empty"));
  ASSERT_TRUE(write_file(root_ / "file", as_bytes("mine")));
  EXPECT_THAT(error_of(root_ / "file"), HasSubstr("exists already, and is no folder"));
  fs::create_directory_symlink(root_ / "empty", root_ / "link");
  EXPECT_THAT(error_of(root_ / "link"), HasSubstr("exists already, and is no folder"));
  EXPECT_EQ(*read_text_file(root_ / "full/notes.txt"), "mine");
  EXPECT_EQ(left().size(), 4u) << "a draft was left";
}

TEST_F(NewTest, RefusesNamesThatAreNone) {
  for (const std::string& name :
       {std::string("Tally"), std::string("9lives"), std::string("word_count"), std::string("-x"),
        std::string("a b"), std::string("caf\xc3\xa9"), std::string("a\nb"),
        std::string(65, 'a')}) {
    std::string error = error_of(root_ / name);
    EXPECT_THAT(error, HasSubstr("cannot be an actor's name")) << name;
    EXPECT_THAT(error, HasSubstr("1 to 64 lowercase letters, digits and dashes")) << name;
    EXPECT_THAT(error, HasSubstr("theater new word-count")) << name;
  }
  EXPECT_TRUE(make(root_ / std::string(64, 'a')));
  EXPECT_EQ(left().size(), 1u);
}

TEST_F(NewTest, LeavesNothingWhereItCannotMakeAFolder) {
  EXPECT_THAT(error_of(root_ / "gone/tally"),
              HasSubstr("there is no folder " + (root_ / "gone").string()));
  ASSERT_TRUE(write_file(root_ / "file", {}));
  EXPECT_THAT(error_of(root_ / "file/tally"), HasSubstr("file"));
  EXPECT_THAT(left(), ElementsAre("file"));
}

TEST_F(NewTest, LinksPackagesToTheSdk) {
  auto sdk = find_sdk();
  ASSERT_TRUE(sdk) << sdk.error().to_string();
  constexpr size_t kSupervisor = 3;
  for (GuestLanguage language : {GuestLanguage::kRust, GuestLanguage::kJavaScript}) {
    fs::path folder = root_ / fmt::format("a-{}", language_option(language));
    ASSERT_TRUE(make(folder, kSupervisor, language));
    EXPECT_EQ(fs::read_symlink(folder / "theater-sdk"), *sdk);
    EXPECT_EQ(fs::read_symlink(folder / "worker/theater-sdk"), *sdk);
  }
  ASSERT_TRUE(make(root_ / "a-cpp", kSupervisor));
  EXPECT_FALSE(fs::exists(fs::symlink_status(root_ / "a-cpp/theater-sdk")));
}

}  // namespace theater::cli::new_test
