#include "theater/net/listening_socket.h"

#include "theater/base/testing/must.h"
#include "theater/base/testing/temporary_folder.h"
#include "theater/net/socket_address.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>

namespace theater::listening_socket_test {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

class UnixSocketTest : public ::testing::Test {
 protected:
  std::string refusal() {
    auto made = ListeningSocket::at_path(path);
    if (made) return "none";
    code = made.error().code();
    return made.error().message();
  }

  TemporaryFolder folder;
  fs::path path = folder.path() / "socket";
  std::optional<ErrorCode> code;
};

TEST_F(UnixSocketTest, RefusesAPathThatIsTooLong) {
  path = folder.path() / std::string(108 - folder.path().native().size() - 1, 'a');
  ASSERT_EQ(path.native().size(), 108u);
  EXPECT_THAT(refusal(), HasSubstr("has 108 bytes, and the kernel takes 107"));
  EXPECT_EQ(code, ErrorCode::kInvalidArgument);
  path = path.native().substr(0, 107);
  EXPECT_EQ(refusal(), "none");
}

TEST_F(UnixSocketTest, RemovesNothingButASocket) {
  std::ofstream(path) << "precious";
  EXPECT_THAT(refusal(), HasSubstr("no socket"));
  EXPECT_EQ(code, ErrorCode::kAlreadyExists);
  fs::remove(path);
  ASSERT_EQ(mkfifo(path.c_str(), 0600), 0);
  EXPECT_THAT(refusal(), HasSubstr("no socket"));
  fs::remove(path);
  fs::create_directory(path);
  EXPECT_THAT(refusal(), HasSubstr("no socket"));
  fs::remove(path);
  // A link to a socket is no socket, nor is one to nothing.
  ListeningSocket other = must(ListeningSocket::at_path(folder.path() / "other"));
  fs::create_symlink(folder.path() / "other", path);
  EXPECT_THAT(refusal(), HasSubstr("no socket"));
  EXPECT_TRUE(fs::exists(folder.path() / "other"));
  fs::remove(path);
  fs::create_symlink(folder.path() / "gone", path);
  EXPECT_THAT(refusal(), HasSubstr("no socket"));
}

TEST_F(UnixSocketTest, RefusesTheSocketOfAnotherUser) {
  if (geteuid() != 0) GTEST_SKIP() << "only root may give files away";
  ListeningSocket other = must(ListeningSocket::at_path(path));
  ASSERT_EQ(chown(path.c_str(), 65534, 65534), 0);
  EXPECT_THAT(refusal(), HasSubstr("another user"));
  EXPECT_EQ(code, ErrorCode::kPermissionDenied);
}

TEST_F(UnixSocketTest, ReplacesAStaleSocketAndIsPrivate) {
  {
    int stale = socket(AF_UNIX, SOCK_STREAM, 0);
    SocketAddress address = must(SocketAddress::unix_path(path));
    ASSERT_EQ(bind(stale, address.get(), address.size()), 0);
    close(stale);
  }
  mode_t before = umask(0);
  {
    ListeningSocket made = must(ListeningSocket::at_path(path));
    struct stat status{};
    ASSERT_EQ(lstat(path.c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777, 0600u);
    EXPECT_EQ(umask(0), 0u) << "the umask has changed";
  }
  umask(before);
  EXPECT_FALSE(fs::exists(path)) << "the file was left";
}

TEST_F(UnixSocketTest, LetsEveryUserConnectIfAsked) {
  mode_t before = umask(0077);
  {
    ListeningSocket made = must(ListeningSocket::at_path(path, SocketUsers::kEveryone));
    struct stat status{};
    ASSERT_EQ(lstat(path.c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777, 0666u);
    EXPECT_EQ(umask(0077), 0077u) << "the umask has changed";
  }
  umask(before);
  EXPECT_FALSE(fs::exists(path)) << "the file was left";
}

TEST_F(UnixSocketTest, TakesNoPathFromAnotherListener) {
  ListeningSocket first = must(ListeningSocket::at_path(path, SocketUsers::kEveryone));
  auto second = ListeningSocket::at_path(path, SocketUsers::kEveryone);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code(), ErrorCode::kAlreadyExists);
  EXPECT_THAT(second.error().message(), HasSubstr("another process listens there"));
  // One that nothing listens on any more is replaced.
  fs::path left = folder.path() / "left";
  {
    Descriptor stale(socket(AF_UNIX, SOCK_STREAM, 0));
    SocketAddress address = must(SocketAddress::unix_path(left));
    ASSERT_EQ(bind(stale.number(), address.get(), address.size()), 0);
  }
  must(ListeningSocket::at_path(left, SocketUsers::kEveryone));
}

TEST_F(UnixSocketTest, LeavesTheFileOfItsSuccessor) {
  auto first = std::make_unique<ListeningSocket>(must(ListeningSocket::at_path(path)));
  ListeningSocket second = must(ListeningSocket::at_path(path));
  first.reset();
  EXPECT_TRUE(fs::exists(path));
}

TEST(TcpSocketTest, RefusesNamesAndPortsInUse) {
  auto named = ListeningSocket::tcp("localhost", 0);
  ASSERT_FALSE(named);
  EXPECT_THAT(named.error().message(), HasSubstr("is no address"));
  ListeningSocket first = must(ListeningSocket::tcp("127.0.0.1", 0));
  EXPECT_NE(first.port(), 0);
  auto second = ListeningSocket::tcp("127.0.0.1", first.port());
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code(), ErrorCode::kAlreadyExists);
}

TEST(SocketAddressTest, CountsANetworkOfIpv6AsOneClient) {
  auto key = [](const char* text) { return must(SocketAddress::tcp(text, 1)).client_key(); };
  EXPECT_EQ(key("2001:db8:1:2::1"), key("2001:db8:1:2:ffff::9"));
  EXPECT_NE(key("2001:db8:1:2::1"), key("2001:db8:1:3::1"));
  EXPECT_NE(key("10.0.0.1"), key("10.0.0.2"));
  EXPECT_EQ(key("::ffff:10.0.0.1"), key("10.0.0.1"));
  EXPECT_EQ(must(SocketAddress::tcp("::1", 80)).to_string(), "[::1]:80");
}

}  // namespace theater::listening_socket_test
