// The operations on a real folder, and everything that could lead out of it.
#include "theater/handlers/filesystem/file_operations.h"

#include "theater/base/file.h"
#include "theater/base/testing/temporary_folder.h"
#include "theater/handlers/filesystem/folder_removal.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstdio>
#include <thread>

namespace theater::file_operations_test {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

// The actor's folder is `given`; next to it lies what no path may reach.
struct FileOperationsTest : ::testing::Test {
  FileOperationsTest() {
    fs::create_directories(given);
    put(folder.path() / "secret", "outside");
    fs::create_directories(folder.path() / "far" / "inner");
    put(folder.path() / "far" / "inner" / "kept", "outside");
  }

  static void put(const fs::path& path, std::string_view text) {
    ASSERT_TRUE(write_file(path, as_bytes(text)));
  }
  static std::string text_of(const fs::path& path) { return *read_text_file(path); }

  FileAccess access() const {
    return access({PathList::unrestricted(), DeniedPaths::unrestricted()});
  }
  FileAccess access(FileSystemPermissions reach) const {
    BeneathRoot root = *BeneathRoot::open(given);
    std::string where = *root.where();
    return FileAccess(std::move(root), where, std::move(reach));
  }

  std::string read(const FileAccess& files, std::string_view path) const {
    Result<Bytes> bytes = read_file(files, path, 1000);
    return bytes ? std::string(as_text(*bytes)) : "! " + bytes.error().message();
  }
  std::string read(std::string_view path) const { return read(access(), path); }
  static std::string said(const Result<void>& result) {
    return result ? "" : result.error().message();
  }
  Result<void> write(std::string_view path, std::string_view text) const {
    return write_file(access(), path, as_bytes(text));
  }
  Result<void> remove(std::string_view path) const {
    std::atomic<bool> cancelled{false};
    return remove_folder(access(), path, cancelled);
  }
  size_t names_in(const fs::path& path) const {
    return static_cast<size_t>(std::distance(fs::directory_iterator(path), {}));
  }
  void expect_outside_untouched() const {
    EXPECT_EQ(text_of(folder.path() / "secret"), "outside");
    EXPECT_EQ(text_of(folder.path() / "far" / "inner" / "kept"), "outside");
    EXPECT_EQ(names_in(folder.path()), 3u);
    EXPECT_EQ(names_in(folder.path() / "far"), 1u);
  }

  // In memory where there is such a file system: hundreds of syncs are no use to these tests.
  TemporaryFolder folder{fs::exists("/dev/shm") ? "/dev/shm" : fs::temp_directory_path()};
  fs::path given = fs::canonical(folder.path()) / "given";
};

TEST_F(FileOperationsTest, RefusesWhatLeadsOut) {
  fs::create_symlink("../secret", given / "leak");
  fs::create_symlink(folder.path() / "far", given / "far");
  FileAccess files = access();
  std::atomic<bool> cancelled{false};
  for (const char* path :
       {"../secret", "/etc/passwd", "a/../../secret", "..", "leak", "far/inner/kept",
        "../given/../secret", "far/../secret", "far/inner", "leak/", "far/"}) {
    EXPECT_EQ(read_file(files, path, 1000).error().code(), ErrorCode::kPermissionDenied) << path;
    EXPECT_FALSE(list_folder(files, path, 1000)) << path;
    EXPECT_FALSE(path_exists(files, path)) << path;
  }
  for (const char* path : {"../new", "/tmp/new", "far/new", "far/inner/kept", "../far/inner/kept",
                           "leak", "far/inner/../new", "leak/new"}) {
    EXPECT_FALSE(write_file(files, path, as_bytes("x"))) << path;
    EXPECT_FALSE(create_folder(files, path)) << path;
    EXPECT_FALSE(remove_folder(files, path, cancelled)) << path;
  }
  for (const char* path : {"../new", "/tmp/new", "far/inner/kept", "../far/inner/kept", "leak/"}) {
    EXPECT_FALSE(delete_file(files, path)) << path;
  }
  for (const char* path : {"far/", "far/inner", "far/inner/", "..", "../far", "."}) {
    EXPECT_FALSE(remove_folder(files, path, cancelled)) << path;
  }
  expect_outside_untouched();
}

TEST_F(FileOperationsTest, RefusesWhatIsNoPath) {
  EXPECT_EQ(read(""), "! the path is empty; `.` is the folder itself");
  EXPECT_THAT(read(std::string_view("a\0b", 3)), HasSubstr("NUL"));
  EXPECT_THAT(read(std::string(5000, 'a')), HasSubstr("5000 bytes"));
  EXPECT_THAT(read(std::string(300, 'a')), HasSubstr("300 bytes"));
  EXPECT_THAT(read("file/"), HasSubstr("No such file"));
  for (const char* path : {"", ".", "..", "a/", "a/.", "a/.."}) {
    EXPECT_FALSE(write(path, "x")) << path;
    EXPECT_FALSE(delete_file(access(), path)) << path;
  }
  EXPECT_EQ(names_in(given), 0u);
}

TEST_F(FileOperationsTest, WritesAndReadsWhole) {
  ASSERT_TRUE(write("notes", "one"));
  EXPECT_EQ(read("notes"), "one");
  ASSERT_TRUE(write("notes", ""));
  EXPECT_EQ(read("notes"), "");
  ASSERT_EQ(::chmod((given / "notes").c_str(), 0640), 0);
  ASSERT_TRUE(write("notes", "two"));
  EXPECT_EQ(fs::status(given / "notes").permissions(), fs::perms(0640));
  EXPECT_EQ(names_in(given), 1u);
}

TEST_F(FileOperationsTest, SaysHowLargeAFileIsInsteadOfReadingIt) {
  ASSERT_EQ(::truncate((put(given / "large", ""), given / "large").c_str(), 1001), 0);
  EXPECT_EQ(read("large"),
            "! `large` has 1001 bytes; at most 1000 can be read at once (limits.payload_bytes)");
  ASSERT_EQ(::truncate((given / "large").c_str(), 1000), 0);
  EXPECT_EQ(read("large").size(), 1000u);
}

TEST_F(FileOperationsTest, OpensNothingButRegularFiles) {
  ASSERT_EQ(::mkfifo((given / "pipe").c_str(), 0600), 0);
  fs::create_directory(given / "folder");
  int server = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::string name = (given / "socket").string();
  name.copy(address.sun_path, sizeof address.sun_path - 1);
  ASSERT_EQ(::bind(server, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  ::close(server);
  for (auto [path, kind] : {std::pair("pipe", "a named pipe"), std::pair("folder", "a folder"),
                            std::pair("socket", "a socket")}) {
    EXPECT_EQ(read(path), fmt::format("! `{}` is not a regular file but {}", path, kind));
    EXPECT_EQ(said(write(path, "x")), fmt::format("`{}` is not a regular file but {}", path, kind));
    EXPECT_TRUE(*path_exists(access(), path));
  }
  if (::mknod((given / "device").c_str(), S_IFCHR | 0600, 0x0105) == 0) {  // /dev/zero.
    EXPECT_EQ(read("device"), "! `device` is not a regular file but a device");
    EXPECT_FALSE(write("device", "x"));
  }
  EXPECT_EQ(said(delete_file(access(), "folder")),
            "`folder` is a folder; delete-dir deletes those");
  EXPECT_TRUE(delete_file(access(), "pipe"));
}

TEST_F(FileOperationsTest, WritesNotThroughALink) {
  put(given / "target", "old");
  fs::create_symlink("target", given / "link");
  EXPECT_EQ(said(write("link", "new")),
            "`link` is not a regular file but a symbolic link, which is not written through");
  EXPECT_EQ(read("link"), "old");
  EXPECT_TRUE(delete_file(access(), "link"));
  EXPECT_EQ(read("target"), "old");
}

TEST_F(FileOperationsTest, WritingToAHardLinkLeavesTheOtherNameAlone) {
  fs::create_hard_link(folder.path() / "secret", given / "hard");
  ASSERT_TRUE(write("hard", "inside"));
  EXPECT_EQ(read("hard"), "inside");
  expect_outside_untouched();
}

TEST_F(FileOperationsTest, ListsSortedWhatCanBeNamed) {
  for (const char* name : {"b", "a", "ä", "B", ".hidden", "\xff\xfe"})
    put(given / name, "");
  put(given / (std::string(kUnfinishedPrefix) + "0123456789abcdef"), "half");
  fs::create_directory(given / "c");
  EXPECT_THAT(*list_folder(access(), ".", 1000), ElementsAre(".hidden", "B", "a", "b", "c", "ä"));
  EXPECT_THAT(*list_folder(access(), "c", 1000), ElementsAre());
  EXPECT_EQ(list_folder(access(), "a", 1000).error().message(), "`a` is not a folder");
  EXPECT_THAT(list_folder(access(), ".", 10).error().message(),
              HasSubstr("the names in `.` take more than 10 bytes"));
}

TEST_F(FileOperationsTest, KeepsNamesOfUnfinishedWritesToItself) {
  std::string name = std::string(kUnfinishedPrefix) + "x";
  EXPECT_THAT(said(write(name, "x")), HasSubstr("are those of writes under way"));
  EXPECT_FALSE(create_folder(access(), "a/" + name));
  EXPECT_THAT(read(name), HasSubstr("are those of writes under way"));
}

TEST_F(FileOperationsTest, SaysThatNothingIsThere) {
  put(given / "file", "");
  fs::create_symlink("nothing", given / "dangling");
  fs::create_symlink("round", given / "round");
  for (const char* path : {"nothing", "no/thing", "file/x", "dangling", "round"})
    EXPECT_FALSE(*path_exists(access(), path)) << path;
  for (const char* path : {"file", ".", "./file"})
    EXPECT_TRUE(*path_exists(access(), path)) << path;
  EXPECT_THAT(read("nothing"), HasSubstr("cannot open nothing: No such file"));
}

TEST_F(FileOperationsTest, MakesOneFolder) {
  EXPECT_TRUE(create_folder(access(), "a"));
  EXPECT_TRUE(create_folder(access(), "a/b/"));
  EXPECT_THAT(said(create_folder(access(), "a")), HasSubstr("File exists"));
  EXPECT_THAT(said(create_folder(access(), "x/y")), HasSubstr("No such file"));
  EXPECT_TRUE(fs::is_directory(given / "a" / "b"));
}

TEST_F(FileOperationsTest, DeletesAFolderWithAllInItAndNothingElse) {
  fs::create_directories(given / "top" / "a" / "b");
  put(given / "top" / "a" / "file", "");
  put(given / "top" / "a" / "\xff", "");
  fs::create_directory_symlink(folder.path() / "far", given / "top" / "a" / "far");
  fs::create_directory_symlink("../..", given / "top" / "a" / "up");
  ASSERT_EQ(::mkfifo((given / "top" / "pipe").c_str(), 0600), 0);
  put(given / "beside", "");
  EXPECT_EQ(said(remove("top/")), "");
  EXPECT_EQ(names_in(given), 1u);
  expect_outside_untouched();
  EXPECT_EQ(said(remove("beside")), "`beside` is not a folder");
  EXPECT_THAT(said(remove("nothing")), HasSubstr("No such file"));
  for (const char* path : {".", "..", "beside/..", "./"})
    EXPECT_FALSE(remove(path)) << path;
}

TEST_F(FileOperationsTest, DeletesDeepFoldersWithABound) {
  fs::path deep = given / "deep";
  for (size_t depth = 1; depth <= kRemovedDepthMax; ++depth) {
    if (depth > 1) deep /= "d";
    fs::create_directory(deep);
  }
  fs::create_directory(deep / "d");
  EXPECT_THAT(said(remove("deep")), HasSubstr("nested deeper than 100"));
  EXPECT_TRUE(remove("deep/d"));
  EXPECT_TRUE(remove("deep"));
}

TEST_F(FileOperationsTest, AddsToTheEndOfRegularFiles) {
  EXPECT_TRUE(append_file(access(), "log", as_bytes("one ")));
  EXPECT_TRUE(append_file(access(), "log", as_bytes("two")));
  EXPECT_EQ(read("log"), "one two");
  fs::create_symlink("log", given / "link");
  ASSERT_EQ(::mkfifo((given / "pipe").c_str(), 0600), 0);
  EXPECT_THAT(said(append_file(access(), "link", as_bytes("x"))), HasSubstr("a symbolic link"));
  EXPECT_THAT(said(append_file(access(), "pipe", as_bytes("x"))), HasSubstr("a named pipe"));
  EXPECT_FALSE(append_file(access(), "../secret", as_bytes("x")));
  fs::create_hard_link(folder.path() / "secret", given / "hard");
  EXPECT_THAT(said(append_file(access(), "hard", as_bytes("x"))), HasSubstr("has other names too"));
  expect_outside_untouched();
}

TEST_F(FileOperationsTest, SaysWhatIsThere) {
  put(given / "file", "text");
  fs::create_symlink("file", given / "link");
  ASSERT_EQ(::mkfifo((given / "pipe").c_str(), 0600), 0);
  EXPECT_EQ(file_metadata(access(), "file")->size, 4u);
  EXPECT_EQ(*file_metadata(access(), "link"), *file_metadata(access(), "file"));
  EXPECT_EQ(file_metadata(access(), ".")->kind, FileKind::kFolder);
  EXPECT_EQ(file_metadata(access(), "pipe")->kind, FileKind::kOther);
  EXPECT_EQ(file_metadata(access(), "none").error().code(), ErrorCode::kNotFound);
  EXPECT_EQ(file_metadata(access(), "../secret").error().code(), ErrorCode::kPermissionDenied);
}

TEST_F(FileOperationsTest, RenamesInsideOnly) {
  put(given / "file", "text");
  put(given / "other", "gone");
  fs::create_directory(given / "folder");
  EXPECT_TRUE(rename_path(access(), "file", "other"));
  EXPECT_EQ(read("other"), "text");
  EXPECT_TRUE(rename_path(access(), "folder/", "new/"));
  EXPECT_TRUE(rename_path(access(), "other", "new/file"));
  EXPECT_EQ(read("new/file"), "text");
  EXPECT_THAT(said(rename_path(access(), "none", "x")),
              HasSubstr("rename none to x: No such file"));
  fs::create_directory_symlink("../far", given / "far");
  for (auto [from, to] :
       {std::pair("new/file", "../file"), std::pair("../secret", "x"), std::pair("far/inner", "x"),
        std::pair("new", "far/new"), std::pair(".", "x"), std::pair("new/file", "..")})
    EXPECT_FALSE(rename_path(access(), from, to)) << from;
  expect_outside_untouched();
  FileSystemPermissions reach{PathList::unrestricted(),
                              {PathList({{(given / "new" / "file").string()}})}};
  EXPECT_FALSE(rename_path(access(reach), "new", "free"));
  EXPECT_FALSE(rename_path(access(reach), "new/file", "free"));
  EXPECT_EQ(read("new/file"), "text");
}

TEST_F(FileOperationsTest, StopsDeletingWhenTheActorIsGone) {
  fs::create_directory(given / "top");
  put(given / "top" / "file", "");
  std::atomic<bool> cancelled{true};
  EXPECT_EQ(remove_folder(access(), "top", cancelled).error().code(), ErrorCode::kCancelled);
  EXPECT_EQ(read("top/file"), "");
}

TEST_F(FileOperationsTest, ReachesOnlyWhatIsAllowedAndNotDenied) {
  fs::create_directories(given / "in" / "keys");
  fs::create_directories(given / "other");
  put(given / "in" / "file", "good");
  put(given / "in" / "keys" / "key", "secret");
  put(given / "in" / "gone (deleted)", "good");
  put(given / "other" / "file", "other");
  fs::create_symlink("keys/key", given / "in" / "leak");
  fs::create_symlink("../other", given / "in" / "other");
  FileSystemPermissions reach;
  reach.paths = PathList({{(given / "in").string()}});
  reach.denied = {PathList({{(given / "in" / "keys").string()}})};
  FileAccess files = access(reach);
  EXPECT_EQ(read(files, "in/file"), "good");
  EXPECT_EQ(read(files, "in/gone (deleted)"), "good");
  EXPECT_THAT(*list_folder(files, "in", 1000),
              ElementsAre("file", "gone (deleted)", "leak", "other"));
  std::string refused =
      fmt::format("! Permission denied: filesystem:paths={}/in/keys/key;read", given.string());
  EXPECT_EQ(read(files, "in/keys/key"), refused);
  EXPECT_EQ(read(files, "in/leak"), refused);
  EXPECT_EQ(read(files, "other/../in/keys/key"), refused);
  for (const char* path :
       {"other/file", "in/other/file", "other", ".", "in/keys", "in/keys/none"}) {
    EXPECT_THAT(read(files, path), HasSubstr("! Permission denied: filesystem:paths=")) << path;
    EXPECT_EQ(path_exists(files, path).error().code(), ErrorCode::kPermissionDenied) << path;
    EXPECT_FALSE(write_file(files, path, as_bytes("x"))) << path;
  }
  std::atomic<bool> cancelled{false};
  EXPECT_THAT(said(remove_folder(files, "in", cancelled)),
              HasSubstr("something in `in` is denied"));
  EXPECT_FALSE(remove_folder(files, "in/keys", cancelled));
  EXPECT_EQ(text_of(given / "in" / "keys" / "key"), "secret");
  EXPECT_TRUE(write_file(files, "in/new", as_bytes("x")));
}

TEST_F(FileOperationsTest, LeavesNothingOfAWriteThatFails) {
  ASSERT_TRUE(write("file", "old"));
  // A process of its own, whose files may not grow beyond 100 bytes.
  pid_t child = ::fork();
  if (child == 0) {
    ::signal(SIGXFSZ, SIG_IGN);
    rlimit limit{100, 100};
    if (::setrlimit(RLIMIT_FSIZE, &limit) != 0) ::_exit(1);
    Result<void> written = write("file", std::string(200, 'x'));
    bool full = !written && written.error().code() == ErrorCode::kResourceExhausted;
    ::_exit(full && written.error().message().find("write file") != std::string::npos ? 0 : 2);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
  EXPECT_EQ(read("file"), "old");
  EXPECT_EQ(names_in(given), 1u);
}

TEST_F(FileOperationsTest, SaysWhoseTheFileIs) {
  ASSERT_TRUE(write("file", "old"));
  ASSERT_EQ(::chmod((given / "file").c_str(), 0), 0);
  fs::permissions(given, fs::perms(0555));
  fs::permissions(folder.path(), fs::perms(0755));
  pid_t child = ::fork();
  if (child == 0) {
    // To the superuser nothing is forbidden.
    if (::getuid() == 0 && ::setuid(65534) != 0) ::_exit(1);
    ::prctl(PR_SET_DUMPABLE, 1);  // Or /proc/self would be the superuser's still.
    std::string all =
        read("file") + "\n" + said(write("new", "x")) + "\n" + said(delete_file(access(), "file"));
    bool refused = all ==
                   "! cannot open file: Permission denied\ncannot create new: Permission denied\n"
                   "cannot delete file: Permission denied";
    if (!refused) std::fprintf(stderr, "%s\n", all.c_str());
    ::_exit(refused ? 0 : 2);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
}

// A second thread exchanges names with links that lead out, as fast as the kernel can. Meanwhile
// every operation goes through them.
TEST_F(FileOperationsTest, StaysInsideWhileNamesAreExchanged) {
  fs::create_directories(given / "work" / "inner");
  put(given / "work" / "inner" / "kept", "inside");
  put(given / "file", "inside");
  fs::create_directory_symlink("../far", given / "away");
  fs::create_symlink("../secret", given / "leak");
  // A write may put a file in place of a link, so these two are only read.
  put(given / "read", "inside");
  fs::create_symlink("../secret", given / "read-leak");
  std::atomic<bool> done{false};
  std::atomic<uint64_t> exchanges{0};
  std::thread renamer([&] {
    while (!done) {
      for (auto [one, other] :
           {std::pair("work", "away"), std::pair("file", "leak"), std::pair("read", "read-leak")}) {
        long result = ::syscall(SYS_renameat2, AT_FDCWD, (given / one).c_str(), AT_FDCWD,
                                (given / other).c_str(), RENAME_EXCHANGE);
        if (result == 0) ++exchanges;
      }
    }
  });
  FileAccess files = access();
  std::atomic<bool> cancelled{false};
  int done_inside = 0;
  int refused = 0;
  int raced = 0;  // Operations during which a name was exchanged.
  auto has_raced = [&] { return done_inside > 0 && refused > 0 && raced > 0; };
  for (int round = 0; round < 1'500 || (round < 50'000 && !has_raced()); ++round) {
    uint64_t before = exchanges;
    Result<Bytes> file = read_file(files, "read", 1000);
    raced += exchanges != before ? 1 : 0;
    refused += !file && file.error().code() == ErrorCode::kPermissionDenied ? 1 : 0;
    EXPECT_NE(read(files, "work/inner/kept"), "outside");
    EXPECT_TRUE(!file || as_text(*file) != "outside");
    EXPECT_NE(read(files, "file"), "outside");
    (void)write_file(files, "work/inner/kept", as_bytes("inside"));
    (void)write_file(files, "file", as_bytes("inside"));
    done_inside += create_folder(files, "work/new") ? 1 : 0;
    (void)write_file(files, "work/new/x", as_bytes("inside"));
    done_inside += remove_folder(files, "work/new", cancelled) ? 1 : 0;
    if (::testing::Test::HasFailure()) break;
  }
  done = true;
  renamer.join();
  EXPECT_GT(done_inside, 0);
  EXPECT_GT(refused, 0);
  EXPECT_GT(raced, 0) << exchanges << " exchanges";
  expect_outside_untouched();
}

}  // namespace theater::file_operations_test
