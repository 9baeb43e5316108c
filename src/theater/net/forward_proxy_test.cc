#include "theater/net/forward_proxy.h"

#include "theater/net/testing/proxy_fixture.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace theater::forward_proxy_test {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

using ForwardProxyTest = theater::testing::ProxyFixture;

std::string number(uint16_t port) {
  return std::to_string(port);
}

TEST_F(ForwardProxyTest, ForwardsARequestWithAHeadOfItsOwn) {
  std::string got;
  RawServer web([&](RawPeer& peer) {
    got = peer.read_request();
    peer.send(
        "HTTP/1.1 200 Fine\r\nContent-Length: 2\r\nX: y\r\nKeep-Alive: 5\r\n"
        "Connection: keep-alive, Z\r\nZ: hidden\r\n\r\nok and more");
    peer.read_to_end();
  });
  std::string answer = ask("POST http://web.example:" + number(web.port()) +
                           "/a?b HTTP/1.1\r\nHost: inside.example\r\nX-Mine: 1\r\n"
                           "Proxy-Authorization: secret\r\nConnection: X-Drop, close\r\n"
                           "X-Drop: 2\r\nUpgrade: h2c\r\nTE: trailers\r\nContent-Length: 3\r\n\r\n"
                           "abc");
  EXPECT_EQ(answer, "HTTP/1.1 200 OK\r\nX: y\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok");
  EXPECT_EQ(got, "POST /a?b HTTP/1.1\r\nHost: web.example:" + number(web.port()) +
                     "\r\nX-Mine: 1\r\nContent-Length: 3\r\nVia: 1.1 theater\r\n"
                     "Connection: close\r\n\r\nabc");
  ProxiedEnd end = owner->wait_for_end();
  EXPECT_EQ(end.sent, got.size());
  EXPECT_GE(end.received, size_t{80});
  EXPECT_FALSE(end.failed);
  EXPECT_THAT(owner->decisions(), ElementsAre("1 POST web.example:" + number(web.port())));
}

TEST_F(ForwardProxyTest, WritesTheChunksOfABodyAnew) {
  Guarded<std::string> got;
  RawServer web([&](RawPeer& peer) {
    std::string all;
    while (!all.ends_with("0\r\n\r\n"))
      all += peer.read_some();
    got.with([&](std::string& text) { text = all; });
    peer.send(
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
        "3\r\nabc\r\n0\r\n\r\n");
  });
  RawClient client(port());
  client.send(
      "PUT http://web.example:" + number(web.port()) +
      "/ HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_EQ(client.read_until("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
  // Behind the last chunk stands what would be a second request.
  client.send("0005\r\nhello\r\n0\r\n\r\nDELETE / HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_EQ(client.read_all(),
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
            "3\r\nabc\r\n0\r\n\r\n");
  std::string text = got.with([](const std::string& all) { return all; });
  EXPECT_THAT(text, HasSubstr("Transfer-Encoding: chunked\r\n"));
  EXPECT_THAT(text, HasSubstr("\r\n\r\n5\r\nhello\r\n0\r\n\r\n"));
  EXPECT_THAT(text, Not(HasSubstr("Expect")));
  EXPECT_THAT(text, Not(HasSubstr("DELETE")));
}

TEST_F(ForwardProxyTest, TunnelsBytesAndEndsOfBothWays) {
  RawServer echo([](RawPeer& peer) {
    for (std::string more = peer.read_some(); !more.empty(); more = peer.read_some())
      peer.send(more);
    peer.send("after the end");
  });
  for (bool is_socks : {false, true}) {
    RawClient client(port());
    if (is_socks) {
      client.send(std::string("\x05\x01\x00", 3) + socks_name("web.example", echo.port()));
      EXPECT_EQ(client.read_until(std::string("\x00\x01\x00\x00\x00\x00\x00\x00", 8)).size(), 12u);
    } else {
      client.send("CONNECT web.example:" + number(echo.port()) + " HTTP/1.1\r\nHost: a\r\n\r\n");
      EXPECT_THAT(client.read_until("\r\n\r\n"), StartsWith("HTTP/1.1 200 "));
    }
    client.send("ping");
    EXPECT_EQ(client.read_until("ping"), "ping");
    client.end_output();
    EXPECT_EQ(client.read_all(), "after the end");
    ProxiedEnd end = owner->wait_for_end(is_socks ? 1 : 0);
    EXPECT_EQ(end.sent, 4u);
    EXPECT_EQ(end.received, 17u);
  }
}

TEST_F(ForwardProxyTest, PassesBytesOnThatComeWithTheRequest) {
  RawServer echo([](RawPeer& peer) { peer.send(peer.read_some()); });
  EXPECT_THAT(ask("CONNECT 127.0.0.1:" + number(echo.port()) + " HTTP/1.0\r\n\r\nearly"),
              ::testing::EndsWith("\r\n\r\nearly"));
}

TEST_F(ForwardProxyTest, MovesLargeBodiesWithBoundedMemory) {
  constexpr size_t kSize = size_t{8} << 20;
  RawServer web([&](RawPeer& peer) {
    peer.read_request();
    peer.send("HTTP/1.1 200 OK\r\n\r\n" + std::string(kSize, 'x'));
  });
  std::string all =
      ask("GET http://web.example:" + number(web.port()) + "/ HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_EQ(all.size(), kSize + std::string("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n").size());
  EXPECT_GE(owner->wait_for_end().received, kSize);
}

TEST_F(ForwardProxyTest, RefusesWhatTheRulesRefuseWithoutLookingItUp) {
  resolver = [](const std::string& name) -> Result<std::vector<IpAddress>> {
    ADD_FAILURE() << name << " was looked up";
    return fail(ErrorCode::kNotFound, "no");
  };
  EXPECT_THAT(ask("GET http://Refused.Example/ HTTP/1.1\r\nHost: web.example\r\n\r\n"),
              HasSubstr("GET http://refused.example/: the rules of the test\n"));
  EXPECT_THAT(ask("CONNECT refused.example:443 HTTP/1.1\r\nHost: a\r\n\r\n"),
              StartsWith("HTTP/1.1 403 Forbidden\r\n"));
  EXPECT_THAT(ask("DELETE http://web.example/ HTTP/1.1\r\nHost: a\r\n\r\n"),
              StartsWith("HTTP/1.1 403 Forbidden\r\n"));
  EXPECT_EQ(socks(socks_name("refused.example", 443)), 2);
  EXPECT_THAT(owner->decisions(),
              ElementsAre("1 GET refused.example:80: the rules of the test",
                          "2 CONNECT refused.example:443: the rules of the test",
                          "3 DELETE web.example:80: the rules of the test",
                          "4 CONNECT refused.example:443: the rules of the test"));
}

TEST_F(ForwardProxyTest, RefusesAddressesThatAreNotPublic) {
  owner->is_private_allowed = false;
  for (const char* host : {"127.0.0.1", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254",
                           "100.64.0.1", "224.0.0.1", "0.0.0.0", "255.255.255.255", "168.63.129.16",
                           "[::1]", "[fd00::1]", "[fe80::1]", "[ff02::1]", "[::ffff:127.0.0.1]",
                           "[64:ff9b::7f00:1]", "[::]", "inside.example", "web.example"}) {
    EXPECT_THAT(ask(fmt::format("CONNECT {}:443 HTTP/1.0\r\n\r\n", host)),
                ::testing::AllOf(StartsWith("HTTP/1.1 403 "),
                                 HasSubstr("only public addresses may be reached")))
        << host;
  }
  EXPECT_EQ(socks(socks_name("inside.example", 80)), 2);
  EXPECT_EQ(socks(std::string("\x05\x01\x00\x01\x7f\x00\x00\x01\x00\x50", 10)), 2);
}

TEST_F(ForwardProxyTest, TellsWhatKeptItFromTheHost) {
  uint16_t closed = 0;
  {
    auto socket = ListeningSocket::tcp("127.0.0.1", 0);
    ASSERT_TRUE(socket);
    closed = socket->port();
  }
  EXPECT_THAT(ask("CONNECT web.example:" + number(closed) + " HTTP/1.0\r\n\r\n"),
              StartsWith("HTTP/1.1 502 "));
  EXPECT_EQ(socks(socks_name("web.example", closed)), 5);
  EXPECT_EQ(socks(socks_name("missing.example", 80)), 4);
  EXPECT_EQ(socks(socks_name("empty.example", 80)), 4);
  EXPECT_THAT(ask("GET http://missing.example/ HTTP/1.0\r\n\r\n"),
              HasSubstr("there is no host `missing.example`"));
  EXPECT_TRUE(owner->wait_for_end().failed);
}

TEST_F(ForwardProxyTest, RefusesAnswersThatAreNone) {
  for (std::string answer :
       {"nonsense\r\n\r\n", "HTTP/1.1 101 Switching\r\n\r\n", "HTTP/1.1 200 OK\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n"}) {
    RawServer web([&](RawPeer& peer) {
      peer.read_request();
      peer.send(answer);
    });
    EXPECT_THAT(
        ask("GET http://web.example:" + number(web.port()) + "/ HTTP/1.1\r\nHost: a\r\n\r\n"),
        StartsWith("HTTP/1.1 502 "))
        << answer;
  }
  RawServer endless([](RawPeer& peer) {
    peer.read_request();
    peer.send("HTTP/1.1 200 OK\r\nX: " + std::string(100'000, 'x'));
  });
  EXPECT_THAT(
      ask("GET http://web.example:" + number(endless.port()) + "/ HTTP/1.1\r\nHost: a\r\n\r\n"),
      HasSubstr("the head of its answer is too large"));
}

TEST_F(ForwardProxyTest, GivesAnAnswerWithoutABodyAtOnce) {
  RawServer web([](RawPeer& peer) {
    peer.read_request();
    peer.send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n");
    peer.wait_for_end_without_reading();
  });
  EXPECT_EQ(ask("HEAD http://web.example:" + number(web.port()) + "/ HTTP/1.1\r\nHost: a\r\n\r\n"),
            "HTTP/1.1 200 OK\r\nContent-Length: 100\r\nConnection: close\r\n\r\n");
}

TEST_F(ForwardProxyTest, ServesASocketThatWasHandedToIt) {
  auto made = ListeningSocket::tcp("127.0.0.1", 0);
  ASSERT_TRUE(made);
  uint16_t to = made->port();
  auto adopted = ListeningSocket::adopt(Descriptor(::dup(made->number())));
  ASSERT_TRUE(adopted);
  EXPECT_EQ(adopted->port(), to);
  ForwardProxies all(resolver, limits);
  auto served = all.serve(*std::move(adopted), "test", owner);
  EXPECT_THAT(RawClient(to).send("GET / HTTP/1.0\r\n\r\n").read_all(), StartsWith("HTTP/1.1 400 "));
}

}  // namespace
}  // namespace theater::forward_proxy_test
