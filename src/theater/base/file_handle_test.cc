#include "theater/base/file_handle.h"

#include "theater/base/file.h"
#include "theater/base/testing/temporary_folder.h"

#include <gtest/gtest.h>

#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <vector>

namespace theater::file_handle_test {

class FileHandleTest : public ::testing::Test {
 protected:
  TemporaryFolder temporary_;
  const std::filesystem::path& folder_ = temporary_.path();
};

unsigned permissions_of(const std::filesystem::path& path) {
  struct stat status{};
  EXPECT_EQ(::stat(path.c_str(), &status), 0) << path;
  return status.st_mode & 0777U;
}

void expect_failure(const Result<FileHandle>& opened, ErrorCode code, const std::string& text) {
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code(), code) << opened.error().to_string();
  EXPECT_NE(opened.error().to_string().find(text), std::string::npos) << opened.error().to_string();
}

TEST_F(FileHandleTest, NamesThePathAndTheReason) {
  std::filesystem::path path = folder_ / "a";
  for (OpenMode mode : {OpenMode::kRead, OpenMode::kReadThroughLink, OpenMode::kReadWrite})
    expect_failure(FileHandle::open(path, mode), ErrorCode::kNotFound, path.string());
  ASSERT_TRUE(FileHandle::open(path, OpenMode::kCreateExclusive));
  expect_failure(FileHandle::open(path, OpenMode::kCreateExclusive), ErrorCode::kAlreadyExists,
                 path.string());
  EXPECT_TRUE(FileHandle::open(path, OpenMode::kCreate));
  EXPECT_TRUE(FileHandle::open(path, OpenMode::kReadWrite));
}

TEST_F(FileHandleTest, RefusesWhatIsNoRegularFile) {
  std::filesystem::path pipe = folder_ / "pipe";
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  for (OpenMode mode :
       {OpenMode::kRead, OpenMode::kReadThroughLink, OpenMode::kReadWrite, OpenMode::kCreate}) {
    expect_failure(FileHandle::open(folder_, mode), ErrorCode::kInvalidArgument, "regular file");
    expect_failure(FileHandle::open(pipe, mode), ErrorCode::kInvalidArgument, "regular file");
  }
}

TEST_F(FileHandleTest, FollowsALinkOnlyIfToldTo) {
  ASSERT_TRUE(write_file(folder_ / "a", as_bytes("text")));
  std::filesystem::create_symlink(folder_ / "a", folder_ / "link");
  std::filesystem::create_symlink(folder_ / "none", folder_ / "dangling");
  for (OpenMode mode : {OpenMode::kRead, OpenMode::kReadWrite, OpenMode::kCreate}) {
    expect_failure(FileHandle::open(folder_ / "link", mode), ErrorCode::kInvalidArgument,
                   "symbolic link");
  }
  EXPECT_FALSE(FileHandle::open(folder_ / "dangling", OpenMode::kCreate));
  EXPECT_FALSE(std::filesystem::exists(folder_ / "none"));
  EXPECT_TRUE(FileHandle::open(folder_ / "link", OpenMode::kReadThroughLink));
  EXPECT_EQ(read_text_file(folder_ / "link").value(), "text");
}

TEST_F(FileHandleTest, IsPrivateUnlessToldOtherwise) {
  ASSERT_TRUE(FileHandle::open(folder_ / "a", OpenMode::kCreate));
  ASSERT_TRUE(FileHandle::open(folder_ / "b", OpenMode::kCreate, 0640));
  EXPECT_EQ(permissions_of(folder_ / "a"), 0600U);
  EXPECT_EQ(permissions_of(folder_ / "b"), 0640U);
}

TEST_F(FileHandleTest, ReadsUpToTheEnd) {
  FileHandle file = FileHandle::open(folder_ / "a", OpenMode::kCreate).value();
  ASSERT_TRUE(file.write_at(3, as_bytes("abcdef")));
  EXPECT_EQ(file.size().value(), 9U);
  Bytes out(6);
  EXPECT_EQ(file.read_at(5, out).value(), 4U);
  EXPECT_EQ(as_text(ByteView(out).first(4)), "cdef");
  EXPECT_EQ(file.read_at(9, out).value(), 0U);
  ASSERT_TRUE(file.read_exactly_at(0, out));
  EXPECT_EQ(out, Bytes({0, 0, 0, 'a', 'b', 'c'}));

  auto short_read = file.read_exactly_at(5, out);
  ASSERT_FALSE(short_read);
  EXPECT_EQ(short_read.error().code(), ErrorCode::kCorrupt);
  EXPECT_NE(short_read.error().message().find("ends at byte 9"), std::string::npos)
      << short_read.error().message();
}

// More parts than one system call takes, and empty ones among them.
TEST_F(FileHandleTest, WritesAnyNumberOfPartsOneAfterTheOther) {
  Bytes whole;
  for (size_t i = 0; i < 20'000; ++i)
    whole.push_back(static_cast<uint8_t>(i % 251));
  std::vector<ByteView> parts;
  size_t next = 0;
  for (size_t size = 0; next < whole.size(); size = (size + 1) % 10) {
    parts.push_back(ByteView(whole).subspan(next, std::min(size, whole.size() - next)));
    next += parts.back().size();
  }
  parts.push_back({});
  ASSERT_GT(parts.size(), 4096U);

  FileHandle file = FileHandle::open(folder_ / "a", OpenMode::kCreate).value();
  ASSERT_TRUE(file.write_at(0, as_bytes("head")));
  ASSERT_TRUE(file.write_at(4, parts));
  ASSERT_TRUE(file.write_at(4 + whole.size(), std::span<const ByteView>()));
  ASSERT_TRUE(file.sync());
  Bytes expected = to_bytes("head");
  append(expected, whole);
  EXPECT_EQ(read_file(folder_ / "a").value(), expected);
}

TEST_F(FileHandleTest, MakesRoomWithZerosAndNeverTakesAnyAway) {
  FileHandle file = FileHandle::open(folder_ / "a", OpenMode::kCreate).value();
  ASSERT_TRUE(file.write_at(0, as_bytes("text")));
  ASSERT_TRUE(file.preallocate(10'000));
  Bytes expected = to_bytes("text");
  expected.resize(10'000);
  EXPECT_EQ(read_file(folder_ / "a").value(), expected);
  ASSERT_TRUE(file.preallocate(0));
  ASSERT_TRUE(file.preallocate(100));
  EXPECT_EQ(file.size().value(), 10'000U);
  ASSERT_TRUE(file.truncate(4));
  EXPECT_EQ(read_text_file(folder_ / "a").value(), "text");
}

TEST_F(FileHandleTest, MovesAndClosesOnce) {
  FileHandle first = FileHandle::open(folder_ / "a", OpenMode::kCreate).value();
  int descriptor = first.descriptor();
  FileHandle second = std::move(first);
  EXPECT_EQ(second.descriptor(), descriptor);
  {
    FileHandle third = FileHandle::open(folder_ / "b", OpenMode::kCreate).value();
    third = std::move(second);
    EXPECT_EQ(third.descriptor(), descriptor);
    EXPECT_EQ(third.path(), folder_ / "a");
    ASSERT_TRUE(third.write_at(0, as_bytes("x")));
  }
  EXPECT_EQ(read_text_file(folder_ / "a").value(), "x");
}

// The limit on a file's size cuts a write short and fails the next, as a full disk does.
TEST_F(FileHandleTest, AShortWriteGoesOnAndSaysWhenThereIsNoRoom) {
  auto write_past_the_limit = [&] {
    std::signal(SIGXFSZ, SIG_IGN);
    rlimit limit{1000, 1000};
    if (::setrlimit(RLIMIT_FSIZE, &limit) != 0) return 1;
    auto file = FileHandle::open(folder_ / "a", OpenMode::kCreate);
    if (!file) return 2;
    Bytes bytes(600, 'x');
    std::vector<ByteView> parts = {bytes, bytes};
    auto written = file->write_at(0, parts);
    if (written || written.error().code() != ErrorCode::kResourceExhausted) return 3;
    if (file->size().value() != 1000) return 4;
    auto room = file->preallocate(2000);
    if (room || room.error().code() != ErrorCode::kResourceExhausted) return 5;
    auto whole = write_file(folder_ / "b", Bytes(2000));
    if (whole || whole.error().code() != ErrorCode::kResourceExhausted) return 6;
    return 0;
  };
  EXPECT_EXIT(::_exit(write_past_the_limit()), ::testing::ExitedWithCode(0), "");
  EXPECT_EQ(read_file(folder_ / "a").value(), Bytes(1000, 'x'));
  // What could not be finished is not left lying about.
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder_), {}), 1);
}

TEST_F(FileHandleTest, MakesFoldersThatOnlyTheOwnerMayEnter) {
  ASSERT_TRUE(make_private_folder(folder_ / "a" / "b" / "c"));
  for (const char* name : {"a", "a/b", "a/b/c"})
    EXPECT_EQ(permissions_of(folder_ / name), 0700U) << name;
  EXPECT_TRUE(make_private_folder(folder_ / "a" / "b" / "c"));
  EXPECT_TRUE(make_private_folder(folder_ / "a" / "d" / ""));
  EXPECT_TRUE(std::filesystem::is_directory(folder_ / "a" / "d"));
  EXPECT_TRUE(make_private_folder("/"));
  EXPECT_TRUE(make_private_folder("."));

  ASSERT_TRUE(write_file(folder_ / "file", as_bytes("x")));
  EXPECT_EQ(make_private_folder(folder_ / "file").error().code(), ErrorCode::kIo);
  EXPECT_EQ(make_private_folder(folder_ / "file" / "a").error().code(), ErrorCode::kIo);
}

TEST_F(FileHandleTest, RenamesOverWhatIsThere) {
  ASSERT_TRUE(write_file(folder_ / "a", as_bytes("a")));
  ASSERT_TRUE(write_file(folder_ / "b", as_bytes("b")));
  ASSERT_TRUE(rename_file(folder_ / "a", folder_ / "b"));
  ASSERT_TRUE(sync_folder(folder_));
  EXPECT_EQ(read_text_file(folder_ / "b").value(), "a");
  EXPECT_EQ(rename_file(folder_ / "a", folder_ / "b").error().code(), ErrorCode::kNotFound);
  EXPECT_EQ(sync_folder(folder_ / "none").error().code(), ErrorCode::kNotFound);
  EXPECT_FALSE(sync_folder(folder_ / "b"));
}

TEST_F(FileHandleTest, AWholeFileMayBeExactlyAsLargeAsAllowed) {
  for (size_t size : {0, 1, 4095, 4096, 4097, 100'000}) {
    ASSERT_TRUE(write_file(folder_ / "a", Bytes(size, 7)));
    EXPECT_EQ(read_file(folder_ / "a", size).value(), Bytes(size, 7));
    if (size == 0) continue;
    EXPECT_EQ(read_file(folder_ / "a", size - 1).error().code(), ErrorCode::kResourceExhausted);
  }
  // It says that it is empty.
  EXPECT_FALSE(read_file("/proc/self/status").value().empty());
  EXPECT_FALSE(read_file("/proc/self/status", 10));
}

}  // namespace theater::file_handle_test
