#include "theater/store/home.h"

#include "theater/base/file.h"
#include "theater/base/hex.h"
#include "theater/base/testing/temporary_folder.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <string>

namespace theater::home_test {

class HomeTest : public ::testing::Test {
 protected:
  Result<std::unique_ptr<Home>> open(const std::string& command = "theater run counter.toml") {
    return Home::open(home_, random_, command);
  }
  void expect_failure(ErrorCode code, const std::string& text) {
    auto opened = open();
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().code(), code) << opened.error().to_string();
    EXPECT_NE(opened.error().message().find(text), std::string::npos) << opened.error().to_string();
  }
  HomeLayout layout() const { return {home_}; }

  OsRandom random_;
  TemporaryFolder temporary_;
  const std::filesystem::path& root_ = temporary_.path();
  std::filesystem::path home_ = root_ / "a" / "home";
};

unsigned permissions_of(const std::filesystem::path& path) {
  struct stat status{};
  EXPECT_EQ(::stat(path.c_str(), &status), 0) << path;
  return status.st_mode & 0777U;
}

TEST_F(HomeTest, MakesWhatIsMissingForTheOwnerAlone) {
  auto home = open();
  ASSERT_TRUE(home) << home.error().to_string();
  EXPECT_EQ((*home)->layout().folder, home_);
  EXPECT_EQ(permissions_of(home_), 0700U);
  EXPECT_EQ(permissions_of(home_ / "keys"), 0700U);
  EXPECT_EQ(permissions_of(layout().key()), 0600U);
  EXPECT_EQ(read_text_file(layout().key()).value(), to_hex((*home)->key().seed()) + "\n");
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(home_ / "keys"), {}), 1);
}

TEST_F(HomeTest, KeepsItsKey) {
  PublicKey first = open().value()->key().public_key();
  EXPECT_EQ(open().value()->key().public_key(), first);
  std::filesystem::remove(layout().key());
  EXPECT_NE(open().value()->key().public_key(), first);
}

TEST_F(HomeTest, NamesTheHolder) {
  auto home = open("theater run a.toml\ncommand fake");
  ASSERT_TRUE(home);
  std::string process = std::to_string(::getpid());
  expect_failure(ErrorCode::kUnavailable, "home " + home_.string() + " is in use by process " +
                                              process +
                                              " (theater run a.toml\\ncommand fake, since 2");
  expect_failure(ErrorCode::kUnavailable, "Z); stop it, or use another home with --home");
  home->reset();
  EXPECT_TRUE(open());
}

TEST_F(HomeTest, ACommandOfAnyLengthFits) {
  auto home = open(std::string(100'000, 'x'));
  ASSERT_TRUE(home);
  expect_failure(ErrorCode::kUnavailable, "(xxxx");
}

TEST_F(HomeTest, DoesNotMindWhatTheLockFileSays) {
  ASSERT_TRUE(make_private_folder(home_));
  std::string longer = "pid 1\nsince never\ncommand " + std::string(500, 'y') + "\n";
  for (const std::string& text :
       {std::string(), std::string("pi"), longer, std::string(5000, '\0')}) {
    ASSERT_TRUE(write_file(layout().lock(), as_bytes(text)));
    auto home = open();
    ASSERT_TRUE(home) << home.error().to_string();
    EXPECT_THAT(read_text_file(layout().lock()).value(),
                ::testing::MatchesRegex("pid " + std::to_string(::getpid()) +
                                        "\nsince [0-9]+-[0-9]+-[0-9]+T[0-9]+:[0-9]+:[0-9]+Z"
                                        "\ncommand theater run counter.toml\n"));
    for (const char* torn :
         {"", "pid 4", "pid 4711\n", "pid 4711\nsince x\ncommand th", "\x1b[2J"}) {
      FileHandle lock = FileHandle::open(layout().lock(), OpenMode::kReadWrite).value();
      ASSERT_TRUE(lock.truncate(0));
      ASSERT_TRUE(lock.write_at(0, as_bytes(torn)));
      expect_failure(ErrorCode::kUnavailable, "is in use by another process; stop it");
    }
  }
}

// Opens the home in another process, which then waits to be killed.
class Holder {
 public:
  explicit Holder(const std::filesystem::path& home) {
    int ends[2];
    EXPECT_EQ(::pipe(ends), 0);
    process_ = ::fork();
    if (process_ == 0) {
      OsRandom random;
      auto opened = Home::open(home, random, "theater run other.toml");
      char said = opened ? 'y' : 'n';
      if (::write(ends[1], &said, 1) != 1) ::_exit(1);
      for (;;)
        ::pause();
    }
    EXPECT_EQ(::read(ends[0], &said_, 1), 1);
    ::close(ends[0]);
    ::close(ends[1]);
  }
  ~Holder() { kill(); }

  bool holds() const { return said_ == 'y'; }
  pid_t process() const { return process_; }
  void kill() {
    if (process_ <= 0) return;
    ::kill(process_, SIGKILL);
    EXPECT_EQ(::waitpid(process_, nullptr, 0), process_);
    process_ = -1;
  }

 private:
  pid_t process_ = -1;
  char said_ = 0;
};

TEST_F(HomeTest, IsHeldByOneProcessUntilThatDies) {
  Holder holder(home_);
  ASSERT_TRUE(holder.holds());
  expect_failure(ErrorCode::kUnavailable, "is in use by process " +
                                              std::to_string(holder.process()) +
                                              " (theater run other.toml, since 2");
  {
    Holder second(home_);
    EXPECT_FALSE(second.holds());
  }
  Bytes key = read_file(layout().key()).value();
  holder.kill();
  auto home = open();
  ASSERT_TRUE(home) << home.error().to_string();
  EXPECT_EQ(read_file(layout().key()).value(), key);
  EXPECT_FALSE(Holder(home_).holds());
}

TEST_F(HomeTest, RefusesAKeyThatOthersMayUse) {
  ASSERT_TRUE(open());
  for (mode_t mode : {0640U, 0604U, 0620U, 0610U, 0666U}) {
    ASSERT_EQ(::chmod(layout().key().c_str(), mode), 0);
    expect_failure(ErrorCode::kPermissionDenied, layout().key().string());
  }
  ASSERT_EQ(::chmod(layout().key().c_str(), 0400), 0);
  EXPECT_TRUE(open());
}

TEST_F(HomeTest, RefusesAHomeThatOthersMayChange) {
  ASSERT_TRUE(open());
  for (mode_t mode : {0770U, 0720U, 0702U, 0777U, 01777U}) {
    ASSERT_EQ(::chmod(home_.c_str(), mode), 0);
    expect_failure(ErrorCode::kPermissionDenied, "other users may change the home " +
                                                     home_.string() +
                                                     fmt::format(" (its mode is {:04o})", mode));
    EXPECT_THAT(open().error().hint(), ::testing::HasSubstr("chmod 700"));
    EXPECT_EQ(permissions_of(home_), mode & 0777U);
  }
  ASSERT_EQ(::chmod(home_.c_str(), 0700), 0);
  EXPECT_TRUE(open());
}

TEST_F(HomeTest, TakesTheHomeFromOthersWhoCouldReadIt) {
  for (mode_t mode : {0755U, 0750U, 0711U, 0705U}) {
    ASSERT_TRUE(make_private_folder(home_));
    ASSERT_EQ(::chmod(home_.c_str(), mode), 0);
    auto home = open();
    ASSERT_TRUE(home) << home.error().to_string();
    EXPECT_EQ(permissions_of(home_), 0700U);
  }
}

TEST_F(HomeTest, RefusesAHomeOfAnotherUser) {
  if (::geteuid() != 0) GTEST_SKIP() << "needs root, to give a folder to another user";
  constexpr uid_t kOther = 54321;
  ASSERT_TRUE(make_private_folder(home_));
  ASSERT_EQ(::chown(home_.c_str(), kOther, ::getegid()), 0);
  expect_failure(ErrorCode::kPermissionDenied,
                 "the home " + home_.string() + " belongs to uid 54321");
  // A link to it is no way around.
  std::filesystem::create_directory_symlink(home_, root_ / "link");
  EXPECT_EQ(Home::open(root_ / "link", random_, "test").error().code(),
            ErrorCode::kPermissionDenied);
  EXPECT_TRUE(std::filesystem::is_empty(home_));
}

TEST_F(HomeTest, RefusesWhatIsNoKeyAndLeavesItAlone) {
  ASSERT_TRUE(open());
  std::string digits(64, '7');
  for (const std::string& text :
       {std::string(), digits, digits + "\r\n", digits + "\n\n", digits + " ",
        digits.substr(1) + "\n", digits.substr(1) + "g\n", std::string(65, '\0')}) {
    ASSERT_TRUE(write_file(layout().key(), as_bytes(text), FileMode::kPrivate));
    expect_failure(ErrorCode::kCorrupt, layout().key().string() + " is not a signing key");
    EXPECT_EQ(read_text_file(layout().key()).value(), text);
  }
  ASSERT_TRUE(write_file(layout().key(), as_bytes(digits + "\n"), FileMode::kPrivate));
  EXPECT_EQ(Bytes(32, 0x77), to_bytes(open().value()->key().seed()));
}

TEST_F(HomeTest, DoesNotFollowALinkToAKey) {
  ASSERT_TRUE(open());
  std::filesystem::rename(layout().key(), root_ / "elsewhere");
  std::filesystem::create_symlink(root_ / "elsewhere", layout().key());
  expect_failure(ErrorCode::kInvalidArgument, "symbolic link");
}

TEST_F(HomeTest, RefusesAHomeThatIsNoFolder) {
  ASSERT_TRUE(make_private_folder(home_.parent_path()));
  ASSERT_TRUE(write_file(home_, as_bytes("x")));
  expect_failure(ErrorCode::kIo, home_.string());
}

TEST(HomeFolder, IsWhatIsGivenThenTheEnvironmentThenHere) {
  ::unsetenv("THEATER_HOME");
  EXPECT_EQ(home_folder(""), "./.theater");
  EXPECT_EQ(home_folder("/x"), "/x");
  ::setenv("THEATER_HOME", "", 1);
  EXPECT_EQ(home_folder(""), "./.theater");
  ::setenv("THEATER_HOME", "/srv/theater", 1);
  EXPECT_EQ(home_folder(""), "/srv/theater");
  EXPECT_EQ(home_folder("/x"), "/x");
  ::unsetenv("THEATER_HOME");
}

}  // namespace theater::home_test
