#include "theater/net/http_server.h"

#include "theater/net/testing/raw_client.h"
#include "theater/net/testing/test_server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sys/resource.h>
#include <unistd.h>

#include <thread>
#include <vector>

namespace theater::http_server_test {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

const std::string kGet = "GET /a HTTP/1.1\r\nHost: a\r\n\r\n";
const std::string kLast = "GET /last HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";

TEST(HttpServerTest, AnswersFiveHundredForARequestThatIsDropped) {
  TestServer server({.handle = [](HttpRequest, HttpResponder) {}});
  EXPECT_THAT(RawClient(server.port).send(kLast).read_all(),
              StartsWith("HTTP/1.1 500 Internal Server Error\r\n"));
}

TEST(HttpServerTest, AnswersFiveHundredForAnAnswerThatSplitsItself) {
  TestServer server({.handle = [](HttpRequest, HttpResponder responder) {
    responder.answer({200, {{"A", "b\r\n\r\nHTTP/1.1 200 OK"}}, {}});
  }});
  std::string answer = RawClient(server.port).send(kLast).read_all();
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 500 "));
  EXPECT_THAT(answer, Not(HasSubstr("200 OK")));
}

TEST(HttpServerTest, KeepsTheConnectionUntilItIsAskedToClose) {
  TestServer server(echo());
  RawClient client(server.port);
  for (int at = 0; at < 3; ++at) {
    EXPECT_THAT(client.send(kGet).read_until("GET /a "), Not(HasSubstr("Connection:")));
  }
  EXPECT_THAT(client.send(kLast).read_all(), HasSubstr("Connection: close\r\n\r\nGET /last "));
}

TEST(HttpServerTest, ClosesAfterHttp10UnlessAskedNotTo) {
  TestServer server(echo());
  EXPECT_THAT(RawClient(server.port).send("GET /a HTTP/1.0\r\n\r\n").read_all(),
              HasSubstr("Connection: close\r\n\r\nGET /a "));
  RawClient kept(server.port);
  kept.send("GET /a HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  EXPECT_THAT(kept.read_until("GET /a "), HasSubstr("Connection: keep-alive\r\n"));
  EXPECT_THAT(kept.send("GET /b HTTP/1.0\r\n\r\n").read_all(), EndsWith("GET /b "));
}

TEST(HttpServerTest, SendsNoBodyToHead) {
  TestServer server(echo());
  RawClient client(server.port);
  std::string answer = client.send("HEAD /a HTTP/1.1\r\nHost: a\r\n\r\n" + kLast).read_all();
  EXPECT_THAT(answer, HasSubstr("Content-Length: 8\r\n\r\nHTTP/1.1 200 OK"));
}

TEST(HttpServerTest, TakesBodiesOfBothFramings) {
  TestServer server(echo());
  std::string answer = RawClient(server.port)
                           .send(
                               "PUT /a HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\none"
                               "PUT /b HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
                               "2\r\ntw\r\n1\r\no\r\n0\r\n\r\n" +
                               kLast)
                           .read_all();
  EXPECT_THAT(answer, HasSubstr("PUT /a oneHTTP"));
  EXPECT_THAT(answer, HasSubstr("PUT /b twoHTTP"));
}

TEST(HttpServerTest, AnswersInTheOrderOfTheRequestsWhateverTheOrderOfTheHandler) {
  Mailbox<std::pair<HttpRequest, HttpResponder>> asked;
  TestServer server({.handle = [&](HttpRequest request, HttpResponder responder) {
    asked.put({std::move(request), std::move(responder)});
  }});
  RawClient client(server.port);
  client.send("GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\n\r\n" + kLast);
  std::vector<std::pair<HttpRequest, HttpResponder>> all;
  for (int at = 0; at < 3; ++at)
    all.push_back(asked.take());
  for (auto at = all.rbegin(); at != all.rend(); ++at) {
    std::thread([&] { at->second.answer(HttpAnswer::text(200, at->first.target)); }).join();
  }
  std::string answer = client.read_all();
  EXPECT_LT(answer.find("\r\n\r\n/1"), answer.find("\r\n\r\n/2"));
  EXPECT_LT(answer.find("\r\n\r\n/2"), answer.find("\r\n\r\n/last"));
}

TEST(HttpServerTest, ReadsNoMoreRequestsThanThePipelineHolds) {
  Mailbox<HttpResponder> asked;
  TestServer server(
      {.handle = [&](HttpRequest, HttpResponder responder) { asked.put(std::move(responder)); }},
      {.pipelined_max = 2});
  RawClient client(server.port);
  client.send(kGet + kGet + kGet + kGet + kLast);
  HttpResponder first = asked.take();
  HttpResponder second = asked.take();
  EXPECT_EQ(server.server->counts().requests, 2u);
  first.answer(HttpAnswer::text(200, "x"));
  HttpResponder third = asked.take();
  second.answer(HttpAnswer::text(200, "x"));
  third.answer(HttpAnswer::text(200, "x"));
  asked.take().answer(HttpAnswer::text(200, "x"));
  asked.take().answer(HttpAnswer::text(200, "end"));
  EXPECT_THAT(client.read_all(), EndsWith("end"));
}

TEST(HttpServerTest, AnswersAClientThatHasEndedItsSide) {
  Mailbox<HttpResponder> asked;
  TestServer server(
      {.handle = [&](HttpRequest, HttpResponder responder) { asked.put(std::move(responder)); }});
  RawClient client(server.port);
  client.send(kGet).end_output();
  asked.take().answer(HttpAnswer::text(200, "still there"));
  EXPECT_THAT(client.read_all(), EndsWith("still there"));
}

TEST(HttpServerTest, SaysContinueToAClientThatWaitsForIt) {
  TestServer server(echo());
  RawClient client(server.port);
  client.send("PUT /a HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_EQ(client.read_until("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
  EXPECT_THAT(client.send("hi").read_until("hi"), EndsWith("PUT /a hi"));
}

TEST(HttpServerTest, TellsWhoAsks) {
  Mailbox<HttpRequest> asked;
  TestServer server({.handle = [&](HttpRequest request, HttpResponder) { asked.put(request); }});
  RawClient(server.port).send(kLast).read_all();
  HttpRequest tcp = asked.take();
  EXPECT_EQ(tcp.peer.address, "127.0.0.1");
  EXPECT_NE(tcp.peer.port, 0);
  EXPECT_FALSE(tcp.peer.unix_peer);
  EXPECT_FALSE(tcp.tls);
  RawClient(server.path()).send(kLast).read_all();
  HttpRequest local = asked.take();
  EXPECT_EQ(local.peer.unix_peer, (UnixPeer{geteuid(), getegid(), getpid()}));
  EXPECT_GT(local.connection.value, tcp.connection.value);
  EXPECT_EQ(local.id.value, 1u);
  EXPECT_TRUE(local.peer.is_on_own_socket());
  EXPECT_FALSE(tcp.peer.is_on_own_socket());
  std::string shared = server.folder.path() / "shared";
  must(server.server->listen_unix(shared, SocketUsers::kEveryone));
  RawClient(shared).send(kLast).read_all();
  HttpRequest other = asked.take();
  EXPECT_EQ(other.peer.unix_peer, local.peer.unix_peer);
  EXPECT_FALSE(other.peer.is_on_own_socket());
}

TEST(HttpServerTest, ServesTwoHundredConnectionsAtOnce) {
  TestServer server(echo());
  std::vector<RawClient> clients;
  for (int at = 0; at < 200; ++at)
    clients.emplace_back(server.path());
  for (int round = 0; round < 3; ++round) {
    for (RawClient& client : clients)
      client.send(kGet);
    for (RawClient& client : clients)
      EXPECT_THAT(client.read_until("GET /a "), EndsWith("GET /a "));
  }
  EXPECT_EQ(server.server->counts().requests, 600u);
  EXPECT_EQ(server.server->counts().open_connections, 200u);
}

TEST(HttpServerTest, RefusesConnectionsForWhichItHasNoDescriptor) {
  TestServer server(echo());
  RawClient first(server.port);
  EXPECT_THAT(first.send(kGet).read_until("GET /a "), StartsWith("HTTP/1.1 200"));
  Descriptor sockets[2] = {Descriptor(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)),
                           Descriptor(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0))};
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(server.port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  // Takes every descriptor that is left below a low limit.
  rlimit before{};
  getrlimit(RLIMIT_NOFILE, &before);
  rlimit low{static_cast<rlim_t>(sockets[1].number() + 8), before.rlim_max};
  setrlimit(RLIMIT_NOFILE, &low);
  std::vector<Descriptor> taken;
  for (int number = dup(0); number >= 0; number = dup(0))
    taken.emplace_back(number);
  ASSERT_EQ(connect(sockets[0].number(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  server.wait_for([](const HttpServerCounts& counts) { return counts.refused_connections == 1; });
  // Who is connected is served all the while.
  EXPECT_THAT(first.send(kGet).read_until("GET /a "), StartsWith("HTTP/1.1 200"));
  std::array<char, 512> answer{};
  EXPECT_GT(recv(sockets[0].number(), answer.data(), answer.size(), 0), 0);
  EXPECT_THAT(answer.data(), StartsWith("HTTP/1.1 503 "));
  taken.clear();
  setrlimit(RLIMIT_NOFILE, &before);
  EXPECT_THAT(RawClient(server.port).send(kGet).read_until("GET /a "), StartsWith("HTTP/1.1 200"));
}

}  // namespace theater::http_server_test
