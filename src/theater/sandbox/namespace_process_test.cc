// Programs in namespaces: what they see, how they end, and the network that is only a relay.
#include "theater/sandbox/namespace_process.h"

#include "theater/sandbox/testing/command_fixture.h"

#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/wait.h>

namespace theater::namespace_process_test {

using ::testing::HasSubstr;
namespace fs = std::filesystem;

struct NamespaceProcessTest : testing::CommandFixture {
  void SetUp() override {
    CommandFixture::SetUp();
    if (!features.namespaces) GTEST_SKIP() << features.namespaces_fault;
  }
  // Starts it on this thread, and leaves the outputs to the test.
  Result<CommandProcess> begin_here(const std::vector<std::string>& words,
                                    Network network = Network::kNone) {
    testing::give_to_commands(folder.path());
    Descriptor at(::open(given.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    std::string program = THEATER_TRY(find_program(words.front()));
    CommandSandbox wall =
        THEATER_TRY(CommandSandbox::build({at, rights, program, home, features, network}));
    auto user = THEATER_TRY(command_user(at, chosen_user));
    return start_process(
        {program, words, command_variables(given), std::move(at), file_size_max, user}, wall);
  }
  static std::string read_all(const Descriptor& from) {
    std::string text;
    pollfd look{from.number(), POLLIN, 0};
    for (char part[512]; ::poll(&look, 1, 10'000) > 0;) {
      ssize_t got = ::read(from.number(), part, sizeof part);
      if (got <= 0) break;
      text.append(part, static_cast<size_t>(got));
    }
    return text;
  }
};

TEST_F(NamespaceProcessTest, SeesNothingButWhatIsGranted) {
  EXPECT_EQ(success(shell("for x in /*; do echo $x; done")).out.find("/sys"), std::string::npos);
  std::string script = "cd /; for x in * etc/pass*; do echo $x; done; ls " +
                       given.parent_path().string() + " /dev /proc/1 2>&1; cat /proc/1/environ";
  CommandOutput output = success(shell(script));
  EXPECT_EQ(output.out.find("sys\n"), std::string::npos);
  EXPECT_EQ(output.out.find("home"), std::string::npos) << output.out;
  EXPECT_THAT(output.err, HasSubstr("denied"));
}

TEST_F(NamespaceProcessTest, HasProcessesOfItsOwn) {
  CommandOutput output =
      success(shell("echo $$; kill -0 -1 && echo all; setsid sh -c 'echo session'; hostname"));
  EXPECT_THAT(output.out, HasSubstr("2\n")) << output.err;
  EXPECT_THAT(output.out, HasSubstr("session\n")) << output.err;
}

TEST_F(NamespaceProcessTest, ChangesModesAndTimesOfItsFiles) {
  CommandOutput output = success(
      shell("echo x > file && chmod 741 file && touch -d '2001-01-01 UTC' file && stat -c '%a %Y' "
            "file; chmod 4755 file; cp -a file copy && mv copy moved && echo done"));
  EXPECT_EQ(output.out, "741 978307200\ndone\n") << output.err;
  EXPECT_THAT(output.err, HasSubstr("not permitted"));
}

TEST_F(NamespaceProcessTest, TellsHowTheProgramEnded) {
  EXPECT_EQ(success(shell("exit 41")).exit_code, 41);
  for (int number : {SIGHUP, SIGKILL, SIGTERM, SIGSEGV, SIGUSR1, SIGSYS})
    EXPECT_EQ(success(shell(fmt::format("kill -{} $$", number))).exit_code, 128 + number);
}

TEST_F(NamespaceProcessTest, EndsAllThatItStarted) {
  auto process = begin_here(
      {"sh", "-c",
       "setsid sh -c '(trap \"\" TERM HUP; sleep 1000) & sleep 1000' & echo on; exit 3"});
  ASSERT_TRUE(process) << process.error().to_string();
  // The pipe ends when no process has it any more.
  EXPECT_EQ(read_all(process->out), "on\n");
  EXPECT_EQ(collect_exit_code(*process), 3);
}

TEST_F(NamespaceProcessTest, SaysWhatCannotBeDone) {
  auto missing = begin_here({"/no/such/program"});
  ASSERT_FALSE(missing);
  EXPECT_THAT(missing.error().message(), HasSubstr("cannot execute it: No such file"));
}

TEST_F(NamespaceProcessTest, AConnectionInItsNetworkReachesTheRelay) {
  auto process = begin_here({"python3", "-I", "-c", R"(
import socket
with socket.create_connection(('127.0.0.1', 3128)) as relay:
    relay.sendall(b'hello')
    print(relay.recv(100).decode(), flush=True)
for address in (('127.0.0.1', 22), ('169.254.169.254', 80), ('8.8.8.8', 53)):
    try:
        socket.create_connection(address, timeout=5)
        print('reached', address)
    except OSError as error:
        print(error.strerror)
for family in (socket.AF_UNIX, socket.AF_NETLINK, socket.AF_PACKET):
    try:
        socket.socket(family, socket.SOCK_DGRAM)
        print('opened', family)
    except PermissionError:
        pass
)"},
                            Network::kRelay);
  ASSERT_TRUE(process) << process.error().to_string();
  ASSERT_TRUE(process->relay_listener.open());
  sockaddr_in address{};
  socklen_t size = sizeof address;
  ASSERT_EQ(
      ::getsockname(process->relay_listener.number(), reinterpret_cast<sockaddr*>(&address), &size),
      0);
  EXPECT_EQ(ntohs(address.sin_port), kRelayPort);
  EXPECT_EQ(ntohl(address.sin_addr.s_addr), INADDR_LOOPBACK);
  pollfd look{process->relay_listener.number(), POLLIN, 0};
  ASSERT_EQ(::poll(&look, 1, 10'000), 1) << read_all(process->err);
  Descriptor connection(
      ::accept4(process->relay_listener.number(), nullptr, nullptr, SOCK_CLOEXEC));
  ASSERT_TRUE(connection.open());
  char said[6] = {};
  ASSERT_EQ(::recv(connection.number(), said, 5, MSG_WAITALL), 5);
  EXPECT_STREQ(said, "hello");
  ASSERT_EQ(::send(connection.number(), "back", 4, MSG_NOSIGNAL), 4);
  EXPECT_EQ(read_all(process->out),
            "back\nConnection refused\nNetwork is unreachable\nNetwork is unreachable\n")
      << read_all(process->err);
  EXPECT_EQ(collect_exit_code(*process), 0);
}

TEST_F(NamespaceProcessTest, TheNodesNetworkIsThereWhereItIsGranted) {
  Descriptor listener(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  ASSERT_EQ(::bind(listener.number(), reinterpret_cast<sockaddr*>(&address), size), 0);
  ASSERT_EQ(::listen(listener.number(), 1), 0);
  ASSERT_EQ(::getsockname(listener.number(), reinterpret_cast<sockaddr*>(&address), &size), 0);
  auto process = begin_here({"python3", "-I", "-c",
                             fmt::format("import socket\n"
                                         "socket.create_connection(('127.0.0.1', {}))\n"
                                         "try:\n  socket.socket(socket.AF_UNIX)\n"
                                         "except PermissionError: print('done')",
                                         ntohs(address.sin_port))},
                            Network::kHost);
  ASSERT_TRUE(process) << process.error().to_string();
  EXPECT_FALSE(process->relay_listener.open());
  EXPECT_EQ(read_all(process->out), "done\n") << read_all(process->err);
  EXPECT_EQ(collect_exit_code(*process), 0);
}

TEST_F(NamespaceProcessTest, ThereIsNoRelayWithoutNamespaces) {
  features.namespaces = false;
  auto refused = begin_here({"true"}, Network::kRelay);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), ErrorCode::kUnsupported);
  EXPECT_THAT(refused.error().message(), HasSubstr("needs namespaces"));
}

TEST_F(NamespaceProcessTest, NothingOutlivesAKilledNode) {
  std::string name = fmt::format("tool{}.py", ::getpid());
  put(given / name, R"(
import os, signal, sys, time
for number in (signal.SIGTERM, signal.SIGHUP):
    signal.signal(number, signal.SIG_IGN)
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        open('ready', 'w').close()
        time.sleep(1000)
    os._exit(0)
time.sleep(1000)
)");
  pid_t node = ::fork();
  if (node == 0) {
    auto process = begin_here({"python3", "-I", name});
    if (!process) ::_exit(1);
    ::pause();
    ::_exit(0);
  }
  while (!fs::exists(given / "ready")) {
    ASSERT_EQ(::waitpid(node, nullptr, WNOHANG), 0);
    ::usleep(1000);
  }
  auto alive = [&] {
    int count = 0;
    for (const auto& entry : fs::directory_iterator("/proc")) {
      if (text_of(entry.path() / "cmdline").find(name) != std::string::npos) ++count;
    }
    return count;
  };
  EXPECT_EQ(alive(), 2);
  ASSERT_EQ(::kill(node, SIGKILL), 0);
  ASSERT_EQ(::waitpid(node, nullptr, 0), node);
  auto begin = std::chrono::steady_clock::now();
  while (alive() != 0 && std::chrono::steady_clock::now() - begin < std::chrono::seconds(5))
    ::usleep(1000);
  EXPECT_EQ(alive(), 0);
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(1));
}

}  // namespace theater::namespace_process_test
