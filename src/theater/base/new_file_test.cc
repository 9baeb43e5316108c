#include "theater/base/new_file.h"

#include "theater/base/file.h"
#include "theater/base/testing/temporary_folder.h"

#include <gtest/gtest.h>

#include <sys/resource.h>
#include <sys/stat.h>

#include <csignal>
#include <iterator>
#include <utility>

namespace theater::new_file_test {

class NewFileTest : public ::testing::Test {
 protected:
  size_t files() const {
    std::filesystem::directory_iterator entries(temporary_.path());
    return static_cast<size_t>(std::distance(begin(entries), end(entries)));
  }

  TemporaryFolder temporary_;
  std::filesystem::path path_ = temporary_.path() / "a";
};

TEST_F(NewFileTest, HasItsNameOnceItIsFinished) {
  Bytes expected;
  {
    NewFile file = NewFile::create(path_, FileMode::kPrivate).value();
    for (size_t size : {size_t{0}, size_t{3}, size_t{1} << 18, size_t{5}, size_t{300000}}) {
      Bytes part(size, static_cast<uint8_t>(size + 1));
      ASSERT_TRUE(file.append(part));
      append(expected, part);
      EXPECT_EQ(file.size(), expected.size());
    }
    EXPECT_FALSE(std::filesystem::exists(path_));
    NewFile moved = std::move(file);
    ASSERT_TRUE(moved.finish());
  }
  EXPECT_EQ(read_file(path_).value(), expected);
  EXPECT_EQ(files(), 1U);
  struct stat status{};
  ASSERT_EQ(::stat(path_.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0600U);
}

TEST_F(NewFileTest, LeavesNothingUnlessItIsFinished) {
  ASSERT_TRUE(write_file(path_, as_bytes("old")));
  {
    NewFile file = NewFile::create(path_).value();
    ASSERT_TRUE(file.append(Bytes(size_t{1} << 20, 1)));
    EXPECT_EQ(files(), 2U);
  }
  EXPECT_EQ(files(), 1U);
  EXPECT_EQ(read_text_file(path_).value(), "old");
}

TEST_F(NewFileTest, ReportsWhatCannotBeWritten) {
  std::signal(SIGXFSZ, SIG_IGN);
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
  rlimit small = before;
  small.rlim_cur = 1000;
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
  {
    NewFile file = NewFile::create(path_).value();
    ASSERT_TRUE(file.append(Bytes(2000, 1)));  // In memory yet.
    EXPECT_FALSE(file.finish());
  }
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &before), 0);
  EXPECT_EQ(files(), 0U);
}

TEST_F(NewFileTest, NeedsAFolder) {
  Result<NewFile> file = NewFile::create(temporary_.path() / "none" / "a");
  ASSERT_FALSE(file);
  EXPECT_EQ(file.error().code(), ErrorCode::kNotFound);
}

}  // namespace theater::new_file_test
