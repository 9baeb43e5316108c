#include "theater/cli/terminal/service_manager.h"

#include "theater/base/descriptor.h"
#include "theater/base/testing/temporary_folder.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdlib>
#include <string>

namespace theater::cli::service_manager_test {

using namespace std::chrono_literals;

// What the manager of services listens on.
class ManagerSocket {
 public:
  // `name` as in NOTIFY_SOCKET.
  explicit ManagerSocket(const std::string& name) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::copy(name.begin(), name.end(), address.sun_path);
    if (address.sun_path[0] == '@') address.sun_path[0] = '\0';
    auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size());
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): the form that the kernel wants
    EXPECT_EQ(::bind(socket_.number(), reinterpret_cast<const sockaddr*>(&address), size), 0);
  }

  // The next notice, which has been sent already; empty if there is none.
  std::string heard() const {
    std::array<char, 4096> text{};
    ssize_t size = ::recv(socket_.number(), text.data(), text.size(), MSG_DONTWAIT);
    return size < 0 ? std::string() : std::string(text.data(), static_cast<size_t>(size));
  }

 private:
  Descriptor socket_{::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
};

class ServiceManagerTest : public ::testing::Test {
 protected:
  ServiceManagerTest() { forget(); }
  ~ServiceManagerTest() override { forget(); }

  static void forget() {
    for (const char* name : {"NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"})
      ::unsetenv(name);
  }
  static void set(const char* name, const std::string& value) { ::setenv(name, value.c_str(), 1); }

  TemporaryFolder folder_;
};

TEST_F(ServiceManagerTest, TellsWhatTheServerDoes) {
  std::string path = folder_.path() / "notify";
  std::string abstract = fmt::format("@theater-test-{}-{}", ::getpid(), folder_.path().string());
  for (const std::string& name : {path, abstract.substr(0, 100)}) {
    ManagerSocket socket(name);
    set("NOTIFY_SOCKET", name);
    ServiceManager manager;
    manager.ready("listening on unix:/x");
    EXPECT_EQ(socket.heard(), "READY=1\nSTATUS=listening on unix:/x");
    manager.alive();
    manager.stopping();
    EXPECT_EQ(socket.heard(), "WATCHDOG=1");
    EXPECT_EQ(socket.heard(), "STOPPING=1");
    EXPECT_EQ(socket.heard(), "");
  }
}

TEST_F(ServiceManagerTest, AManagerThatDoesNotListenIsNoFailure) {
  ServiceManager().ready("x");
  set("NOTIFY_SOCKET", folder_.path() / "gone");
  ServiceManager().ready("x");
  set("NOTIFY_SOCKET", "/" + std::string(200, 'x'));
  ServiceManager().stopping();
}

TEST_F(ServiceManagerTest, IsAliveTwiceInThePeriodOfTheWatchdog) {
  EXPECT_FALSE(ServiceManager().alive_period());
  set("WATCHDOG_USEC", "30000000");
  EXPECT_EQ(ServiceManager().alive_period(), 15s);
  set("WATCHDOG_PID", std::to_string(::getpid()));
  EXPECT_EQ(ServiceManager().alive_period(), 15s);
  set("WATCHDOG_USEC", "1");
  EXPECT_EQ(ServiceManager().alive_period(), 1ms);
}

TEST_F(ServiceManagerTest, TakesNoWatchdogOfAnotherProcess) {
  set("WATCHDOG_USEC", "30000000");
  set("WATCHDOG_PID", std::to_string(::getpid() + 1));
  EXPECT_FALSE(ServiceManager().alive_period());
  ::unsetenv("WATCHDOG_PID");
  for (const char* wrong : {"", "0", "-1", "1s", "99999999999999999999999"}) {
    set("WATCHDOG_USEC", wrong);
    EXPECT_FALSE(ServiceManager().alive_period()) << wrong;
  }
}

}  // namespace theater::cli::service_manager_test
