#include "theater/net/http_limits.h"

#include "theater/base/testing/few_files.h"
#include "theater/net/testing/raw_client.h"
#include "theater/net/testing/test_server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <utility>
#include <vector>

namespace theater::http_limits_test {

using std::chrono::milliseconds;
using ::testing::HasSubstr;
using ::testing::StartsWith;

const std::string kGet = "GET /a HTTP/1.1\r\nHost: a\r\n\r\n";

TEST(HttpLimitsTest, AnswersARefusalInItsTurnAndCloses) {
  TestServer server(echo());
  for (const char* bad : {"GET / HTTP/1.1\r\n\r\n",
                          "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: "
                          "5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
                          "GET / HTTP/1.1\nHost: a\n\n", "\x16\x03\x01\x02"}) {
    std::string answer = RawClient(server.port).send(kGet + bad + kGet).read_all();
    EXPECT_THAT(answer, StartsWith("HTTP/1.1 200 OK")) << bad;
    EXPECT_THAT(answer, HasSubstr("GET /a HTTP/1.1 400 Bad Request\r\n")) << bad;
    EXPECT_THAT(answer, HasSubstr("Connection: close\r\n")) << bad;
    // What follows is never read as a request.
    EXPECT_EQ(answer.find("200 OK", 20), std::string::npos) << bad;
  }
}

TEST(HttpLimitsTest, EndsAClientThatSendsItsHeadTooSlowly) {
  TestServer server(echo(), {.head_time = milliseconds(30)});
  EXPECT_THAT(RawClient(server.port).send("GET / HTT").read_all(), StartsWith("HTTP/1.1 408 "));
  // Further bytes do not prolong the time.
  RawClient dripping(server.port);
  dripping.send("GET / HTTP/1.1\r\n");
  pollfd waiting{dripping.number(), POLLIN, 0};
  while (poll(&waiting, 1, 5) == 0)
    dripping.send("A: b\r\n");
  EXPECT_THAT(dripping.read_all(), StartsWith("HTTP/1.1 408 "));
}

TEST(HttpLimitsTest, EndsAClientThatSendsItsBodyTooSlowly) {
  TestServer server(echo(), {.body_time = milliseconds(30)});
  RawClient client(server.port);
  client.send("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhalf");
  EXPECT_THAT(client.read_all(), StartsWith("HTTP/1.1 408 "));
}

TEST(HttpLimitsTest, ClosesAnIdleConnectionWithoutAnAnswer) {
  TestServer server(echo(), {.idle_time = milliseconds(30)});
  EXPECT_EQ(RawClient(server.port).read_all(), "");
  RawClient used(server.port);
  used.send(kGet).read_until("GET /a ");
  EXPECT_EQ(used.read_all(), "");
}

TEST(HttpLimitsTest, WaitsForAHandlerAsLongAsItTakes) {
  Mailbox<HttpResponder> asked;
  TestServer server(
      {.handle = [&](HttpRequest, HttpResponder responder) { asked.put(std::move(responder)); }},
      {.head_time = milliseconds(20),
       .body_time = milliseconds(20),
       .send_time = milliseconds(20),
       .idle_time = milliseconds(20)});
  RawClient waiting(server.port);
  waiting.send(kGet);
  HttpResponder responder = asked.take();
  // Another client is idle for its whole time meanwhile.
  EXPECT_EQ(RawClient(server.port).read_all(), "");
  responder.answer(HttpAnswer::text(200, "done"));
  EXPECT_THAT(waiting.read_until("done"), HasSubstr("200 OK"));
}

TEST(HttpLimitsTest, RefusesABodyByItsRoute) {
  HttpHandlers handlers = echo();
  handlers.admit = [](const HttpRequest& head, std::optional<uint64_t>) {
    return HttpAdmission{.body_bytes_max = head.path() == "/upload" ? uint64_t{20} : 3};
  };
  TestServer server(std::move(handlers));
  auto put = [&](const std::string& path, const std::string& rest) {
    return RawClient(server.port)
        .send("PUT " + path + " HTTP/1.1\r\nHost: a\r\n" + rest)
        .read_until("\r\n");
  };
  EXPECT_THAT(put("/upload", "Content-Length: 4\r\n\r\nfour"), HasSubstr("200"));
  EXPECT_THAT(put("/", "Content-Length: 4\r\n\r\nfour"), HasSubstr("413"));
  // Before the body, and without asking for it.
  EXPECT_THAT(put("/", "Content-Length: 4\r\nExpect: 100-continue\r\n\r\n"), HasSubstr("413"));
  EXPECT_THAT(put("/", "Transfer-Encoding: chunked\r\n\r\n2\r\nab\r\n2\r\n"), HasSubstr("413"));
}

TEST(HttpLimitsTest, DeliversARefusalToAClientThatIsStillSending) {
  TestServer server(echo(), {.body_bytes_max = 10});
  RawClient client(server.port);
  client.send("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 3000000\r\n\r\n");
  client.send(std::string(3'000'000, 'x'));
  EXPECT_THAT(client.read_until("too large"), StartsWith("HTTP/1.1 413 "));
}

TEST(HttpLimitsTest, RefusesConnectionsOverTheLimits) {
  for (HttpLimits limits : {HttpLimits{.connections_max = 2}, {.connections_per_peer_max = 2}}) {
    TestServer server(echo(), limits);
    RawClient first(server.port);
    auto second = std::make_unique<RawClient>(server.port);
    first.send(kGet).read_until("GET /a ");
    second->send(kGet).read_until("GET /a ");
    EXPECT_THAT(RawClient(server.port).read_all(), StartsWith("HTTP/1.1 503 "));
    // A client of another kind counts apart where the limit is of one peer.
    if (limits.connections_max > 2) {
      EXPECT_THAT(RawClient(server.path()).send(kGet).read_until("GET /a "), HasSubstr("200"));
    }
    second.reset();
    server.wait_for([](const HttpServerCounts& counts) { return counts.open_connections <= 1; });
    EXPECT_THAT(RawClient(server.port).send(kGet).read_until("GET /a "), HasSubstr("200 OK"));
  }
}

TEST(HttpLimitsTest, ARefusalHasTheFormOfTheProgram) {
  HttpHandlers handlers = echo();
  handlers.refuse = [](int status, std::string_view why) {
    return HttpAnswer{status, {{"Content-Type", "a/b"}}, to_bytes(fmt::format("<{}>", why))};
  };
  TestServer server(std::move(handlers), {.body_bytes_max = 10});
  std::string answer = RawClient(server.port)
                           .send("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 11\r\n\r\n")
                           .read_all();
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 413 "));
  EXPECT_THAT(answer, HasSubstr("Content-Type: a/b\r\n"));
  EXPECT_THAT(answer, HasSubstr("<The body is too large.>"));
  EXPECT_THAT(RawClient(server.port).send("bad\r\n\r\n").read_all(), HasSubstr("\r\n\r\n<The "));
}

TEST(HttpLimitsTest, KeepsConnectionsForTheOwnersSocket) {
  TestServer server(echo(), {.connections_max = 3, .connections_kept_for_owner = 2});
  RawClient first(server.port);
  first.send(kGet).read_until("GET /a ");
  EXPECT_THAT(RawClient(server.port).read_all(), StartsWith("HTTP/1.1 503 "));
  RawClient own(server.path());
  EXPECT_THAT(own.send(kGet).read_until("GET /a "), HasSubstr("200 OK"));
  EXPECT_THAT(RawClient(server.path()).send(kGet).read_until("GET /a "), HasSubstr("200 OK"));
}

TEST(HttpLimitsTest, LeavesTheLastFilesToTheOwnersSocketAndTheNode) {
  constexpr int kFiles = 512;
  TestServer server(echo());
  FewFiles files(kFiles);
  files.fill_to(kFiles - kFiles / 8);
  EXPECT_THAT(RawClient(server.port).read_all(), StartsWith("HTTP/1.1 503 "));
  EXPECT_THAT(RawClient(server.path()).send(kGet).read_until("GET /a "), HasSubstr("200 OK"));
  files.fill_to(kFiles - kFiles / 16);
  EXPECT_THAT(RawClient(server.path()).read_all(), StartsWith("HTTP/1.1 503 "));
  files.release();
  EXPECT_THAT(RawClient(server.port).send(kGet).read_until("GET /a "), HasSubstr("200 OK"));
}

TEST(HttpLimitsTest, LeavesFilesOfAnActorsServerToTheNodesClients) {
  constexpr int kFiles = 512;
  TestServer of_node(echo());
  auto of_actor = HttpServer::create(of_node.loop, echo(), {.holder = FileHolder::kGuest});
  uint16_t port = must(of_actor->listen_tcp("127.0.0.1", 0));
  FewFiles files(kFiles);
  files.fill_to(kFiles - kFiles / 4);
  EXPECT_THAT(RawClient(port).read_all(), StartsWith("HTTP/1.1 503 "));
  EXPECT_THAT(RawClient(of_node.port).send(kGet).read_until("GET /a "), HasSubstr("200 OK"));
  files.release();
  EXPECT_THAT(RawClient(port).send(kGet).read_until("GET /a "), HasSubstr("200 OK"));
}

TEST(HttpLimitsTest, SharesTheRoomForConnectionsWithOtherServers) {
  TestServer first(echo());
  auto room = std::make_shared<ConnectionRoom>(2);
  auto one = HttpServer::create(first.loop, echo(), {.room = room});
  auto two = HttpServer::create(first.loop, echo(), {.room = room});
  uint16_t port_of_one = must(one->listen_tcp("127.0.0.1", 0));
  uint16_t port_of_two = must(two->listen_tcp("127.0.0.1", 0));
  RawClient stays(port_of_one);
  stays.send(kGet).read_until("GET /a ");
  {
    RawClient goes(port_of_two);
    goes.send(kGet).read_until("GET /a ");
    EXPECT_THAT(RawClient(port_of_one).read_all(), StartsWith("HTTP/1.1 503 "));
    EXPECT_THAT(RawClient(port_of_two).read_all(), StartsWith("HTTP/1.1 503 "));
  }
  while (two->counts().open_connections != 0)
    first.loop.run([] {});
  EXPECT_THAT(RawClient(port_of_one).send(kGet).read_until("GET /a "), HasSubstr("200 OK"));
  EXPECT_THAT(RawClient(first.port).send(kGet).read_until("GET /a "), HasSubstr("200 OK"));
}

TEST(HttpLimitsTest, KeepsNoConnectionForASocketOfEveryone) {
  TestServer server(echo(), {.connections_max = 3, .connections_kept_for_owner = 2});
  std::string shared = server.folder.path() / "shared";
  must(server.server->listen_unix(shared, SocketUsers::kEveryone));
  RawClient first(shared);
  first.send(kGet).read_until("GET /a ");
  EXPECT_THAT(RawClient(shared).read_all(), StartsWith("HTTP/1.1 503 "));
  RawClient own(server.path());
  EXPECT_THAT(own.send(kGet).read_until("GET /a "), HasSubstr("200 OK"));
}

TEST(HttpLimitsTest, CountsAUsersConnectionsToBothKindsOfSocketsApart) {
  TestServer server(echo(), {.connections_per_peer_max = 1});
  std::string shared = server.folder.path() / "shared";
  must(server.server->listen_unix(shared, SocketUsers::kEveryone));
  RawClient proxy(shared);
  proxy.send(kGet).read_until("GET /a ");
  EXPECT_THAT(RawClient(shared).read_all(), StartsWith("HTTP/1.1 503 "));
  RawClient own(server.path());
  EXPECT_THAT(own.send(kGet).read_until("GET /a "), HasSubstr("200 OK"));
}

TEST(HttpLimitsTest, RefusesABodyByItsHead) {
  auto hold = std::make_shared<int>(0);
  std::weak_ptr<int> held = hold;
  Mailbox<std::optional<uint64_t>> lengths;
  HttpHandlers handlers = echo();
  handlers.admit = [&](const HttpRequest& head, std::optional<uint64_t> length) {
    HttpAdmission admission{.body_bytes_max = 100, .hold = std::exchange(hold, nullptr)};
    if (head.target == "/refused") admission.refusal = HttpAnswer::text(429, "no\n");
    lengths.put(length);
    return admission;
  };
  TestServer server(std::move(handlers));
  {
    RawClient gone(server.port);
    gone.send("PUT /kept HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nab");
    EXPECT_EQ(lengths.take(), 5u);
    EXPECT_FALSE(held.expired());
  }
  while (!held.expired())
    server.loop.run([] {});
  RawClient refused(server.port);
  refused.send("PUT /refused HTTP/1.1\r\nHost: a\r\nContent-Length: 50\r\n\r\nab");
  EXPECT_THAT(refused.read_all(), StartsWith("HTTP/1.1 429 "));
  EXPECT_EQ(lengths.take(), 50u);
  RawClient chunked(server.port);
  chunked.send("PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n");
  EXPECT_THAT(chunked.read_until("PUT / "), HasSubstr("200 OK"));
  EXPECT_EQ(lengths.take(), std::nullopt);
}

TEST(HttpLimitsTest, ClosesAfterTheLastRequestOfAConnection) {
  TestServer server(echo(), {.requests_per_connection_max = 2});
  std::string answer = RawClient(server.port).send(kGet + kGet + kGet).read_all();
  size_t closes = answer.find("Connection: close");
  EXPECT_GT(closes, answer.find("GET /a "));
  EXPECT_EQ(answer.find("200 OK", closes), std::string::npos);
}

TEST(HttpLimitsTest, DropsAClientThatReadsNothing) {
  TestServer server(
      {.handle = [](HttpRequest,
                    HttpResponder responder) { responder.answer({200, {}, Bytes(64 << 20)}); }},
      {.send_time = milliseconds(50)});
  RawClient stuck(server.path());
  stuck.send(kGet);
  server.wait_for([](const HttpServerCounts& counts) { return counts.requests == 1; });
  server.wait_for([](const HttpServerCounts& counts) { return counts.open_connections == 0; });
}

TEST(HttpLimitsTest, SurvivesATlsClientOnAPlainPort) {
  TestServer server(echo());
  RawClient client(server.port);
  client.send(std::string("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 11));
  EXPECT_THAT(client.read_all(), StartsWith("HTTP/1.1 400 "));
}

}  // namespace theater::http_limits_test
