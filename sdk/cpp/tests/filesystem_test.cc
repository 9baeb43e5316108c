// The folder of an actor in a unit test.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <theater/filesystem.hpp>
#include <theater/testing.hpp>

namespace theater {
namespace {

using ::testing::ElementsAre;
using testing::Host;

class FilesystemTest : public ::testing::Test {
 protected:
  FilesystemTest() { host_ = {}; }
  Host& host_ = Host::current();
};

TEST_F(FilesystemTest, KeepsFilesInFolders) {
  EXPECT_EQ(write_file("notes/a", "x").error(), "cannot open notes/a: No such file or directory");
  ASSERT_TRUE(create_dir("notes/"));
  EXPECT_FALSE(create_dir("notes"));
  EXPECT_TRUE(write_file("notes/b", "text"));
  EXPECT_TRUE(write_bytes("./notes/a", std::string("\xff\x00", 2)));
  EXPECT_TRUE(append_bytes("notes/b", " more"));
  EXPECT_TRUE(create_dir("notes/inner"));
  EXPECT_THAT(*list_files("notes"), ElementsAre("a", "b", "inner"));
  EXPECT_THAT(*list_files("."), ElementsAre("notes"));
  EXPECT_EQ(read_file("notes/b"), "text more");
  EXPECT_EQ(get_metadata("notes/b")->size, 9u);
  EXPECT_EQ(get_metadata("notes")->kind, FileKind::kFolder);
  EXPECT_FALSE(write_file("notes", "x"));
  EXPECT_FALSE(list_files("none"));
}

TEST_F(FilesystemTest, RenamesAndDeletes) {
  host_.folders = {"a", "a/b"};
  host_.files = {{"a/b/file", "text"}, {"ab", "other"}};
  EXPECT_TRUE(rename_path("a", "c"));
  EXPECT_EQ(read_file("c/b/file"), "text");
  EXPECT_FALSE(*path_exists("a/b"));
  EXPECT_TRUE(rename_path("c/b/file", "file"));
  EXPECT_FALSE(rename_path("c/b/file", "file"));
  EXPECT_TRUE(delete_file("file"));
  EXPECT_FALSE(delete_file("file"));
  EXPECT_FALSE(delete_dir("file"));
  EXPECT_TRUE(delete_dir("c"));
  EXPECT_THAT(*list_files("."), ElementsAre("ab"));
}

TEST_F(FilesystemTest, RunsCommandsThatTheTestAnswers) {
  EXPECT_FALSE(execute_command(".", "make"));
  host_.on_command = [](const testing::Command& command) -> Result<CommandOutput> {
    return CommandOutput{command.folder, "", static_cast<int32_t>(command.words.size())};
  };
  std::vector<std::string> arguments{"-j", "2"};
  EXPECT_EQ(execute_command("src", "make", arguments), (CommandOutput{"src", "", 3}));
  EXPECT_EQ(execute_nix_command(".", "make all"), (CommandOutput{".", "", 4}));
  EXPECT_THAT(host_.commands.back().words, ElementsAre("nix", "develop", "--command", "make all"));
}

}  // namespace
}  // namespace theater
