#include "theater/base/beneath_root.h"

#include "theater/base/file.h"
#include "theater/base/testing/temporary_folder.h"

#include <gtest/gtest.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <thread>

namespace theater::beneath_root_test {

namespace fs = std::filesystem;

// `given` is the root; next to it lies what no path may reach.
struct BeneathRootTest : ::testing::Test {
  BeneathRootTest() {
    fs::create_directories(given / "inner");
    write(given / "inner" / "file", "inside");
    write(folder.path() / "secret", "outside");
    root.emplace(*BeneathRoot::open(given));
  }

  static void write(const fs::path& path, std::string_view text) {
    ASSERT_TRUE(write_file(path, as_bytes(text)));
  }

  // The file's text, or "" and the code of the error.
  std::string read(std::string_view path) {
    code = ErrorCode::kIo;
    Result<Descriptor> named = root->name(path);
    if (!named) {
      code = named.error().code();
      return "";
    }
    Result<Descriptor> file = reopen(*named, O_RDONLY, path);
    if (!file) return "";
    std::string text(100, '\0');
    ssize_t size = ::read(file->number(), text.data(), text.size());
    text.resize(size < 0 ? 0 : static_cast<size_t>(size));
    return text;
  }

  void expect_no_way_out(std::string_view path) {
    EXPECT_EQ(read(path), "") << path;
    EXPECT_EQ(code, ErrorCode::kPermissionDenied) << path;
  }

  TemporaryFolder folder;
  fs::path given = folder.path() / "given";
  std::optional<BeneathRoot> root;
  ErrorCode code = ErrorCode::kIo;
};

TEST(HoldsPath, ComparesByComponents) {
  EXPECT_TRUE(holds_path("/", "/a"));
  EXPECT_TRUE(holds_path("/a", "/a"));
  EXPECT_TRUE(holds_path("/a", "/a/b"));
  EXPECT_FALSE(holds_path("/a", "/ab"));
  EXPECT_FALSE(holds_path("/a/b", "/a"));
}

TEST_F(BeneathRootTest, OpensWhatLiesInIt) {
  EXPECT_EQ(read("inner/file"), "inside");
  EXPECT_EQ(read("./inner//file"), "inside");
  EXPECT_EQ(read("inner/../inner/file"), "inside");
  EXPECT_EQ(*root->where(), fs::canonical(given).string());
  EXPECT_EQ(*BeneathRoot::where(*root->name("inner/file")),
            (fs::canonical(given) / "inner" / "file").string());
}

TEST_F(BeneathRootTest, LetsNoDotsLeadOut) {
  for (const char* path : {"..", "../secret", "inner/../../secret", "../given/inner/file",
                           "inner/../../given/inner/file", "./.././secret"})
    expect_no_way_out(path);
}

TEST_F(BeneathRootTest, TakesNoAbsolutePath) {
  expect_no_way_out("/etc/passwd");
  expect_no_way_out((given / "inner" / "file").string());
  expect_no_way_out("//secret");
}

TEST_F(BeneathRootTest, FollowsLinksThatStayInside) {
  fs::create_symlink("inner/file", given / "good");
  fs::create_symlink("../inner", given / "inner" / "loop");
  EXPECT_EQ(read("good"), "inside");
  EXPECT_EQ(read("inner/loop/loop/file"), "inside");
  fs::create_symlink("round", given / "round");
  EXPECT_EQ(read("round"), "");
  EXPECT_EQ(code, ErrorCode::kNotFound);
}

TEST_F(BeneathRootTest, FollowsNoLinkThatLeavesIt) {
  fs::create_symlink("../secret", given / "relative");
  fs::create_symlink(folder.path() / "secret", given / "absolute");
  fs::create_symlink(given / "inner" / "file", given / "back_in");
  fs::create_symlink("..", given / "up");
  fs::create_symlink(folder.path(), given / "far");
  for (const char* path : {"relative", "absolute", "back_in", "up/secret", "up", "up/",
                           "far/secret", "far/", "absolute/"})
    expect_no_way_out(path);
}

TEST_F(BeneathRootTest, FollowsNoMagicLink) {
  BeneathRoot processes = *BeneathRoot::open("/proc/self");
  for (const char* path : {"root/etc/passwd", "cwd", "fd/0", "exe", "root"}) {
    EXPECT_FALSE(processes.name(path)) << path;
  }
  EXPECT_TRUE(processes.name("status"));
}

TEST_F(BeneathRootTest, RefusesWhatIsNoPath) {
  auto complaint = [](std::string_view path) {
    Result<void> good = BeneathRoot::check_path(path);
    return good ? std::string() : good.error().message();
  };
  EXPECT_EQ(complaint(""), "the path is empty; `.` is the folder itself");
  EXPECT_EQ(complaint(std::string_view("a\0b", 3)), "the path has a NUL in it");
  EXPECT_EQ(complaint(std::string(256, 'a')),
            "a name in the path has 256 bytes; at most 255 are possible");
  std::string longest;
  while (longest.size() < 4094)
    longest += "a/";
  EXPECT_EQ(complaint(longest + "a"), "");
  EXPECT_EQ(complaint(longest + "aa"), "the path has 4096 bytes; at most 4095 are possible");
  EXPECT_EQ(complaint("\xff\xfe"), "");
  EXPECT_FALSE(root->name(longest + "a"));
  EXPECT_FALSE(root->name("\xff\xfe"));
  EXPECT_EQ(root->name("inner/file/").error().code(), ErrorCode::kNotFound);
  EXPECT_EQ(root->name("inner/file/x").error().code(), ErrorCode::kNotFound);
}

TEST_F(BeneathRootTest, TakesAPathApart) {
  EXPECT_EQ(BeneathRoot::split("a")->folder, ".");
  EXPECT_EQ(BeneathRoot::split("a/b/c")->folder, "a/b");
  EXPECT_EQ(BeneathRoot::split("a/b/c")->name, "c");
  for (const char* path : {".", "..", "a/", "a/..", "a/.", "/a", ""})
    EXPECT_FALSE(BeneathRoot::split(path)) << path;
}

TEST_F(BeneathRootTest, NamingADeviceOrAPipeDoesNotWait) {
  ASSERT_EQ(::mkfifo((given / "pipe").c_str(), 0600), 0);
  EXPECT_TRUE(root->name("pipe"));
}

TEST_F(BeneathRootTest, SaysWhatIsNoFolder) {
  Result<BeneathRoot> file = BeneathRoot::open(folder.path() / "secret");
  ASSERT_FALSE(file);
  EXPECT_EQ(file.error().code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(BeneathRoot::open(given / "nothing").error().code(), ErrorCode::kNotFound);
  EXPECT_FALSE(root->name_folder("inner/file"));
  EXPECT_TRUE(root->name_folder("inner/"));
}

// A second thread exchanges a folder with a link that leads out, and a file with a link to the
// secret, as fast as the kernel can. Meanwhile the test opens paths through both.
TEST_F(BeneathRootTest, KeepsInsideWhileNamesAreExchanged) {
  fs::create_directories(given / "deep" / "er");
  write(given / "deep" / "er" / "secret", "inside");
  write(given / "swapped", "inside");
  fs::create_symlink("../..", given / "out");
  fs::create_symlink("../secret", given / "leak");
  std::atomic<bool> done{false};
  std::atomic<uint64_t> exchanges{0};
  std::thread renamer([&] {
    auto exchange = [&](const char* one, const char* other) {
      long result = ::syscall(SYS_renameat2, AT_FDCWD, (given / one).c_str(), AT_FDCWD,
                              (given / other).c_str(), RENAME_EXCHANGE);
      if (result == 0) ++exchanges;
    };
    while (!done) {
      exchange("deep", "out");
      exchange("swapped", "leak");
      exchange("deep/er", "inner");
    }
  });
  int reached = 0;
  int refused = 0;
  int raced = 0;  // Attempts during which a name was exchanged.
  auto has_raced = [&] { return reached > 0 && refused > 0 && raced > 0; };
  for (int round = 0; round < 20'000 || (round < 400'000 && !has_raced()); ++round) {
    for (const char* path : {"deep/er/secret", "deep/er/../../swapped", "swapped", "deep/secret",
                             "deep/../../secret", "inner/../out/secret"}) {
      uint64_t before = exchanges;
      std::string text = read(path);
      EXPECT_NE(text, "outside") << path;
      reached += text == "inside" ? 1 : 0;
      refused += text.empty() && code == ErrorCode::kPermissionDenied ? 1 : 0;
      raced += exchanges != before ? 1 : 0;
    }
    if (HasFailure()) break;
  }
  done = true;
  renamer.join();
  EXPECT_GT(reached, 0);
  EXPECT_GT(refused, 0);
  EXPECT_GT(raced, 0) << exchanges << " exchanges";
}

}  // namespace theater::beneath_root_test
