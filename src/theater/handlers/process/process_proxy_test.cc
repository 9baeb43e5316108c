// Processes whose only way into the network is the node's proxy.
#include "theater/handlers/process/testing/process_fixture.h"
#include "theater/log/event/process_note.h"
#include "theater/net/testing/raw_server.h"

#include <dirent.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <string>
#include <thread>
#include <vector>

namespace theater::process_proxy_test {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::StartsWith;

struct ProcessProxyTest : theater::testing::ProcessFixture {
  void SetUp() override {
    ProcessFixture::SetUp();
    if (IsSkipped()) return;
    if (const auto& machine = SandboxFeatures::of_machine(); !machine.namespaces)
      GTEST_SKIP() << machine.namespaces_fault;
    allow(fmt::format("process:paths={};network;methods=GET,CONNECT", given.string()));
    // The end of a handler stops its keeper.
    handler.reset();
    keeper = std::make_shared<ProcessKeeper>();
    handler = std::make_unique<ProcessHandler>(keeper, home, std::nullopt,
                                               std::make_shared<ForwardProxies>());
    config.program = "bash";
  }
  // Says a request to the proxy and prints the answer.
  uint64_t ask(const std::string& request) {
    config.args = {"-c", "exec 3<>/dev/tcp/127.0.0.1/3128; printf '" + request + "' >&3; cat <&3"};
    return begin();
  }
  std::vector<std::string> notes() {
    std::vector<std::string> texts;
    for (const auto& made : actor.notes_value->made)
      texts.push_back(log::process_note_text(made.note).value_or(""));
    return texts;
  }
  static size_t sockets() {
    size_t count = 0;
    for (const auto& file : std::filesystem::directory_iterator("/proc/self/fd")) {
      std::error_code gone;
      std::string to = std::filesystem::read_symlink(file.path(), gone).string();
      if (to.starts_with("socket:")) ++count;
    }
    return count;
  }
};

struct ProcessHostNetworkTest : theater::testing::ProcessFixture {
  void SetUp() override {
    ProcessFixture::SetUp();
    if (IsSkipped()) return;
    config.program = "bash";
  }
  // A session with that network, at that level.
  void use(testing::SandboxVariant variant) {
    session_.reset();
    handler.reset();
    allow(fmt::format("process:paths={};network=host", given.string()));
    handler = std::make_unique<ProcessHandler>(std::make_shared<ProcessKeeper>(), home,
                                               testing::features_of(variant),
                                               std::make_shared<ForwardProxies>());
  }
};

Descriptor listen_at(const std::filesystem::path& path) {
  Descriptor listener(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.string().copy(address.sun_path, sizeof address.sun_path - 1);
  THEATER_CHECK(
      ::bind(listener.number(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0 &&
          ::listen(listener.number(), 1) == 0 && ::chmod(path.c_str(), 0777) == 0,
      "{}", path.string());
  return listener;
}

TEST_F(ProcessProxyTest, ReachesAGrantedHostAndNoOther) {
  RawServer web([](RawPeer& peer) {
    peer.read_request();
    peer.send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello");
  });
  std::string at = "127.0.0.1:" + std::to_string(web.port());
  private_hosts = HostList({{"127.0.0.1", web.port()}});
  (void)ask("GET http://" + at + "/ HTTP/1.0\\r\\n\\r\\n");
  EXPECT_THAT(end().out, ::testing::EndsWith("\r\n\r\nhello"));
  (void)ask("CONNECT 169.254.169.254:80 HTTP/1.0\\r\\n\\r\\n");
  EXPECT_THAT(end().out, StartsWith("HTTP/1.1 403 "));
  (void)ask("DELETE http://" + at + "/ HTTP/1.0\\r\\n\\r\\n");
  EXPECT_THAT(end().out, HasSubstr("lacks the grant process:network;hosts=" + at));
  EXPECT_EQ(web.connections(), 1u);
  // Not even that host is reached without the proxy.
  config.args = {"-c", "exec 3<>/dev/tcp/127.0.0.1/" + std::to_string(web.port())};
  (void)begin();
  EXPECT_NE(end().exit_code, 0);
  config.args = {"-c", "exec 3<>/dev/tcp/169.254.169.254/80"};
  (void)begin();
  EXPECT_NE(end().exit_code, 0);
}

TEST_F(ProcessProxyTest, ReachesNoUnixSocket) {
  put(given / "attack.py", R"(
import socket
for address in ('socket', '/var/run/docker.sock', '\0abstract'):
    try:
        socket.socket(socket.AF_UNIX).connect(address)
        print('connected', address)
    except PermissionError:
        print('denied')
)");
  testing::give_to_commands(given);
  Descriptor listener = listen_at(given / "socket");
  config.program = "python3";
  config.args = {"-I", "attack.py"};
  (void)begin();
  End said = end();
  EXPECT_EQ(said.out, "denied\ndenied\ndenied\n") << said.err;
  EXPECT_EQ(::accept(listener.number(), nullptr, nullptr), -1);
  EXPECT_EQ(errno, EAGAIN);
}

// At each level, since that network needs no namespace.
TEST_F(ProcessHostNetworkTest, TheNetworkOfTheMachineIsReachedWithoutAProxy) {
  RawServer web([](RawPeer& peer) {
    peer.read_request();
    peer.send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello");
  });
  size_t runs = 0;
  for (testing::SandboxVariant variant : testing::kSandboxVariants) {
    if (testing::lacks(variant)) continue;
    SCOPED_TRACE(testing::variant_name(variant));
    use(variant);
    config.args = {"-c",
                   fmt::format("exec 3<>/dev/tcp/127.0.0.1/{}; printf 'GET / HTTP/1.0\\r\\n\\r"
                               "\\n' >&3; head -n 1 <&3; env | grep -ci _proxy",
                               web.port())};
    (void)begin();
    End said = end();
    EXPECT_EQ(said.out, "HTTP/1.1 200 OK\r\n0\n") << said.err;
    EXPECT_EQ(web.connections(), ++runs);
    // Of sockets by name it has none all the same.
    config.program = "python3";
    config.args = {"-I", "-c", "import socket; socket.socket(socket.AF_UNIX)"};
    (void)begin();
    EXPECT_THAT(end().err, HasSubstr("PermissionError"));
    config.program = "bash";
  }
  EXPECT_GT(runs, 0u);
}

TEST_F(ProcessHostNetworkTest, AGrantOfTheProxyIsNone) {
  use(testing::SandboxVariant::kNamespaces);
  manifest = *parse_manifest(R"(
name = "a"
component = "a.wasm"
[[handler]]
type = "process"
network = "host"
allowed_programs = ["bash"]
)",
                             "a.toml", "/");
  EXPECT_FALSE(leq(manifest.ask().required, *parse_grant("process:network", "/")));
  EXPECT_TRUE(leq(manifest.ask().required, *parse_grant("process:network=host", "/")));
}

TEST_F(ProcessProxyTest, FindsTheProxyInItsVariables) {
  config.args = {"-c", "env | grep -i _proxy | sort"};
  config.env = {{"no_proxy", "mine"}};
  (void)begin();
  EXPECT_EQ(end().out,
            "ALL_PROXY=socks5h://127.0.0.1:3128\nHTTPS_PROXY=http://127.0.0.1:3128\n"
            "HTTP_PROXY=http://127.0.0.1:3128\nNO_PROXY=\nall_proxy=socks5h://127.0.0.1:3128\n"
            "http_proxy=http://127.0.0.1:3128\nhttps_proxy=http://127.0.0.1:3128\nno_proxy=mine\n");
}

TEST_F(ProcessProxyTest, LeavesNoSocketWhenItIsKilled) {
  RawServer silent([](RawPeer& peer) { peer.read_to_end(); });
  private_hosts = HostList({{"127.0.0.1", silent.port()}});
  size_t before = sockets();
  uint64_t id = ask("CONNECT 127.0.0.1:" + std::to_string(silent.port()) + " HTTP/1.0\\r\\n\\r\\n");
  EXPECT_THAT(actor.later->next().text, StartsWith("HTTP/1.1 200 "));
  EXPECT_GT(sockets(), before);
  EXPECT_TRUE(kill(id));
  EXPECT_EQ(end().exit_code, 128 + SIGKILL);
  // The other end of the connection is the test's own.
  while (sockets() > before)
    std::this_thread::yield();
}

TEST_F(ProcessProxyTest, HasNoVariablesOfAProxyWithoutANetwork) {
  allow("process:paths=" + given.string());
  config.args = {"-c", "env | grep -ic _proxy"};
  (void)begin();
  EXPECT_EQ(end().out, "0\n");
}

}  // namespace theater::process_proxy_test
