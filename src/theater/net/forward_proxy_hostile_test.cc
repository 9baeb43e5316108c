// Programs that misuse their proxy, and servers that misuse it: none holds anything for ever, and
// none harms the others.
#include "theater/net/testing/proxy_fixture.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <dirent.h>

#include <atomic>
#include <chrono>
#include <string>
#include <thread>
#include <vector>

namespace theater::forward_proxy_hostile_test {
namespace {

using std::chrono::milliseconds;
using ::testing::StartsWith;

size_t open_files() {
  size_t count = 0;
  DIR* folder = opendir("/proc/self/fd");
  while (readdir(folder) != nullptr)
    ++count;
  closedir(folder);
  return count;
}

struct ForwardProxyHostile : theater::testing::ProxyFixture {
  std::string tunnel(uint16_t to) {
    return "CONNECT web.example:" + std::to_string(to) + " HTTP/1.0\r\n\r\n";
  }
  // Whether the proxy still serves.
  void expect_service() { EXPECT_THAT(ask("GET / HTTP/1.0\r\n\r\n"), StartsWith("HTTP/1.1 400 ")); }
  void until_closed() {
    while (proxies->open_connections() > 0)
      std::this_thread::yield();
  }
};

TEST_F(ForwardProxyHostile, ClosesAClientThatNeverEndsItsRequest) {
  limits.http.head_time = milliseconds(60);
  RawClient slow(port());
  slow.send("GET http://web.exa");
  RawClient socks(port());
  socks.send(std::string("\x05\x01", 2));
  EXPECT_EQ(slow.read_all(), "");
  EXPECT_EQ(socks.read_all(), "");
  EXPECT_TRUE(owner->decisions().empty());
}

TEST_F(ForwardProxyHostile, ClosesATunnelInWhichNothingMoves) {
  limits.idle_time = milliseconds(60);
  RawServer silent([](RawPeer& peer) { peer.read_to_end(); });
  RawClient client(port());
  client.send(tunnel(silent.port()));
  EXPECT_THAT(client.read_all(), StartsWith("HTTP/1.1 200 "));
  EXPECT_EQ(owner->wait_for_end().received, 0u);
}

TEST_F(ForwardProxyHostile, MakesAServerWaitForAClientThatDoesNotRead) {
  limits.idle_time = milliseconds(150);
  std::atomic<size_t> sent{0};
  RawServer endless([&](RawPeer& peer) {
    std::string piece(65536, 'x');
    while (::send(peer.number(), piece.data(), piece.size(), MSG_NOSIGNAL) > 0)
      sent += piece.size();
  });
  RawClient deaf(port());
  deaf.send(tunnel(endless.port()));
  ProxiedEnd end = owner->wait_for_end();
  // What the kernel's buffers and ours hold, and no more.
  EXPECT_LT(end.received, size_t{64} << 20);
  EXPECT_GT(end.received, 0u);
  expect_service();
}

TEST_F(ForwardProxyHostile, MakesAClientWaitForAServerThatDoesNotRead) {
  limits.idle_time = milliseconds(150);
  RawServer deaf([](RawPeer& peer) { peer.wait_for_end_without_reading(); });
  RawClient client(port());
  client.send(tunnel(deaf.port()));
  client.read_until("\r\n\r\n");
  std::string piece(65536, 'x');
  size_t sent = 0;
  for (ssize_t more = 1; more > 0; sent += static_cast<size_t>(more))
    more = ::send(client.number(), piece.data(), piece.size(), MSG_NOSIGNAL);
  EXPECT_LT(owner->wait_for_end().sent, size_t{64} << 20);
}

TEST_F(ForwardProxyHostile, GivesUpALookupThatNeverAnswers) {
  limits.connect_time = milliseconds(60);
  auto may_end = std::make_shared<Guarded<bool>>(false);
  resolver = [may_end](const std::string&) -> Result<std::vector<IpAddress>> {
    may_end->wait([](bool ends) { return ends; }, [](bool) {});
    return fail(ErrorCode::kNotFound, "no");
  };
  EXPECT_THAT(ask(tunnel(1)), StartsWith("HTTP/1.1 504 "));
  // More than the look-ups that one asker has threads for.
  for (int i = 0; i < 12; ++i)
    EXPECT_EQ(socks(socks_name("web.example", 1)), 6);
  expect_service();
  may_end->with([](bool& ends) { ends = true; });
  may_end->notify_all();
}

TEST_F(ForwardProxyHostile, BoundsTheConnectionsOfOneProxy) {
  limits.connections_max = 8;
  std::vector<std::unique_ptr<RawClient>> held;
  for (int i = 0; i < 8; ++i)
    held.push_back(std::make_unique<RawClient>(port()));
  while (proxies->open_connections() < 8)
    std::this_thread::yield();
  for (int i = 0; i < 10'000; ++i)
    RawClient client(port());
  owner->heard.wait([](const auto& all) { return all.without_place == 10'000; }, [](auto&) {});
  EXPECT_EQ(proxies->open_connections(), 8u);
  // The other proxy of the node has its own places.
  auto socket = ListeningSocket::tcp("127.0.0.1", 0);
  ASSERT_TRUE(socket);
  uint16_t other = socket->port();
  auto second = proxies->serve(*std::move(socket), "other", owner);
  EXPECT_THAT(RawClient(other).send("GET / HTTP/1.0\r\n\r\n").read_all(),
              StartsWith("HTTP/1.1 400 "));
  held.clear();
  until_closed();
  expect_service();
}

TEST_F(ForwardProxyHostile, NeverPassesASecondRequestOn) {
  Guarded<std::string> got;
  RawServer web([&](RawPeer& peer) {
    std::string all = peer.read_request();
    peer.send("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx");
    for (std::string more = peer.read_some(); !more.empty(); more = peer.read_some())
      all += more;
    got.with([&](std::string& text) { text = all; });
    got.notify_all();
  });
  std::string at = "web.example:" + std::to_string(web.port());
  std::string second = "DELETE http://" + at + "/ HTTP/1.1\r\nHost: a\r\n\r\n";
  ask("GET http://" + at + "/ HTTP/1.1\r\nHost: a\r\nConnection: keep-alive\r\n\r\n" + second);
  std::string text = got.wait([](const std::string& all) { return !all.empty(); },
                              [](const std::string& all) { return all; });
  EXPECT_EQ(text.find("DELETE"), std::string::npos) << text;
}

TEST_F(ForwardProxyHostile, DropsABodyThatIsCutOffOrMalformed) {
  Guarded<std::vector<std::string>> got;
  RawServer web([&](RawPeer& peer) {
    std::string all;
    for (std::string more = peer.read_some(); !more.empty(); more = peer.read_some())
      all += more;
    got.with([&](auto& texts) { texts.push_back(all); });
    got.notify_all();
  });
  std::string head = "POST http://web.example:" + std::to_string(web.port()) +
                     "/ HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n";
  EXPECT_THAT(ask(head + "3;name=value\r\nabc\r\n0\r\n\r\n"), StartsWith("HTTP/1.1 400 "));
  RawClient cut(port());
  cut.send(head).end_output();
  EXPECT_EQ(cut.read_all(), "");
  got.wait([](const auto& texts) { return texts.size() == 2; },
           [](const auto& texts) {
             for (const std::string& text : texts)
               EXPECT_EQ(text.find("0\r\n\r\n"), std::string::npos) << text;
           });
}

TEST_F(ForwardProxyHostile, KeepsAnAnswerThatBrokeFromLookingWhole) {
  RawServer web([](RawPeer& peer) {
    peer.read_request();
    peer.send("HTTP/1.1 200 OK\r\n\r\npart");
    peer.reset();
  });
  RawClient client(port());
  client.send("GET http://web.example:" + std::to_string(web.port()) +
              "/ HTTP/1.1\r\nHost: a\r\n\r\n");
  std::array<char, 4096> buffer{};
  ssize_t count = 1;
  while (count > 0)
    count = recv(client.number(), buffer.data(), buffer.size(), 0);
  // A server that resets may take its own answer with it; then the proxy says so.
  EXPECT_TRUE(count < 0 || owner->wait_for_end().failed);
}

TEST_F(ForwardProxyHostile, LeavesNoDescriptorWhenItsProgramEnds) {
  RawServer silent([](RawPeer& peer) { peer.read_to_end(); });
  (void)port();
  expect_service();
  until_closed();
  size_t before = open_files();
  std::vector<std::unique_ptr<RawClient>> clients;
  for (int i = 0; i < 20; ++i) {
    clients.push_back(std::make_unique<RawClient>(port()));
    clients.back()->send(i % 2 == 0 ? tunnel(silent.port()) : "GET http://half");
    if (i % 2 == 0) clients.back()->read_until("\r\n\r\n");
  }
  uint16_t at = port();
  proxy.reset();
  for (auto& client : clients)
    EXPECT_EQ(client->read_all(), "");
  clients.clear();
  until_closed();
  // The listening socket and ours have gone too.
  for (size_t now = open_files(); now >= before; now = open_files())
    std::this_thread::yield();
  int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  Descriptor closes(socket);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(at);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  EXPECT_NE(connect(socket, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  auto heard = owner->heard.with([](const auto& all) { return all.ended.size(); });
  EXPECT_EQ(heard, 10u);
}

TEST_F(ForwardProxyHostile, EndsWithConnectionsInEveryState) {
  auto may_end = std::make_shared<Guarded<bool>>(false);
  resolver = [may_end](const std::string& name) -> Result<std::vector<IpAddress>> {
    if (name != "slow.example") return resolve(name);
    may_end->wait([](bool ends) { return ends; }, [](bool) {});
    return fail(ErrorCode::kNotFound, "no");
  };
  RawServer silent([](RawPeer& peer) { peer.read_to_end(); });
  RawClient open(port());
  open.send(tunnel(silent.port())).read_until("\r\n\r\n");
  RawClient reading(port());
  reading.send("GET ");
  RawClient looking(port());
  looking.send("CONNECT slow.example:80 HTTP/1.0\r\n\r\n");
  // An address of the documentation takes no connection; the kernel may refuse it at once.
  RawClient connecting(port());
  connecting.send("CONNECT 192.0.2.1:80 HTTP/1.0\r\n\r\n");
  while (proxies->open_connections() < 3)
    std::this_thread::yield();
  std::thread late([may_end] {
    may_end->with([](bool& ends) { ends = true; });
    may_end->notify_all();
  });
  proxies.reset();
  late.join();
  proxy.reset();
  EXPECT_EQ(open.read_all(), "");
}

TEST_F(ForwardProxyHostile, ServesManyClientsAtOnce) {
  RawServer echo([](RawPeer& peer) {
    for (std::string more = peer.read_some(); !more.empty(); more = peer.read_some())
      peer.send(more);
  });
  uint16_t to = echo.port();
  (void)port();
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&, i] {
      for (int round = 0; round < 10; ++round) {
        RawClient client(port());
        std::string text = std::to_string(i * 100 + round) + ";";
        client.send(tunnel(to)).read_until("\r\n\r\n");
        client.send(text);
        EXPECT_EQ(client.read_until(";"), text);
      }
    });
  }
  for (std::thread& one : threads)
    one.join();
  until_closed();
}

}  // namespace
}  // namespace theater::forward_proxy_hostile_test
