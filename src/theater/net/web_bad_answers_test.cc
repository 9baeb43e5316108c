// What servers say that they should not.
#include "theater/net/testing/raw_server.h"
#include "theater/net/testing/web_answers.h"
#include "theater/net/web_client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace theater::web_bad_answers_test {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

std::shared_ptr<WebAnswer> ask(WebClient& client, WebRequest request) {
  auto answer = std::make_shared<WebAnswer>();
  client.start(std::move(request), answer);
  return answer;
}

// Says the bytes to each request, and closes.
RawServer::Script says(std::string bytes) {
  return [bytes = std::move(bytes)](RawPeer& peer) {
    peer.read_request();
    peer.send(bytes);
  };
}

// Says `first`, and then `more` until the client has closed.
RawServer::Script says_for_ever(std::string first, std::string more) {
  return [first = std::move(first), more = std::move(more)](RawPeer& peer) {
    peer.read_request();
    peer.send(first);
    while (peer.is_open())
      peer.send(more);
  };
}

std::string ok(std::string_view more) {
  return fmt::format("HTTP/1.1 200 OK\r\n{}", more);
}

TEST(WebBadAnswers, FailWithTheWordOfTheirFault) {
  struct Row {
    std::string bytes;
    const char* word;
  };
  for (const Row& row : std::vector<Row>{
           {"", "cut-off"},
           {"I am no web server\r\n\r\n", "protocol"},
           {"<html>hello</html>", "protocol"},
           {std::string(100'000, '\0'), "protocol"},
           {"HTTP/1.1 20x OK\r\n\r\n", "protocol"},
           {"HTTP/9.9 200 OK\r\n\r\n", "protocol"},
           {"HTTP/1.1 101 Switching\r\nUpgrade: h2c\r\nConnection: upgrade\r\n\r\n", "protocol"},
           {ok("A: b\r\n"), "cut-off"},
           {ok("A : b\r\nContent-Length: 0\r\n\r\n"), "protocol"},
           {ok("A: b\x01\r\nContent-Length: 0\r\n\r\n"), "protocol"},
           {ok(std::string("A: b\0c\r\nContent-Length: 0\r\n\r\n", 30)), "protocol"},
           {ok(" A: b\r\nContent-Length: 0\r\n\r\n"), "protocol"},
           {ok("Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello!"), "protocol"},
           {ok("Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello"), "protocol"},
           {ok("Content-Length: 5x\r\n\r\nhello"), "protocol"},
           {ok("Content-Length: -1\r\n\r\nhello"), "protocol"},
           {ok("Content-Length: 99999999999999999999\r\n\r\nhello"), "protocol"},
           {ok("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"), "protocol"},
           {ok("Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n"), "protocol"},
           {ok("Transfer-Encoding: identity\r\n\r\nhello"), "protocol"},
           {ok("Content-Length: 100\r\n\r\nhello"), "cut-off"},
           {ok("Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n"), "cut-off"},
           {ok("Transfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\nhello"), "protocol"},
           {ok("Transfer-Encoding: chunked\r\n\r\nxyz\r\nhello\r\n"), "protocol"},
           {ok("Transfer-Encoding: chunked\r\n\r\n5\r\nhellohello\r\n"), "protocol"},
           {ok("Content-Length: 10001\r\n\r\n"), "too-large"},
           {ok("\r\n") + std::string(10'001, 'x'), "too-large"},
           {ok("A: " + std::string(5000, 'x') + "\r\nContent-Length: 0\r\n\r\n"), "too-large"},
           {ok("A: " + std::string(500'000, 'x')), "too-large"},
           {"HTTP/1.1 200 " + std::string(500'000, 'x'), "too-large"}}) {
    RawServer server(says(row.bytes));
    WebClient client;
    WebRequest request = web_request(server.url("/"), "POST");
    request.bounds.head_bytes_max = 4000;
    request.bounds.body_bytes_max = 10'000;
    auto answer = ask(client, request);
    EXPECT_EQ(answer->word(), row.word) << row.bytes.substr(0, 100) << "\n" << answer->text();
    EXPECT_THAT(answer->text(), HasSubstr(server.url("/")));
    EXPECT_TRUE(!answer->failure() || answer->failure()->may_have_left);
  }
}

TEST(WebBadAnswers, DoNotEndAndAreCut) {
  struct Row {
    std::string first;
    std::string more;
  };
  for (const Row& row :
       std::vector<Row>{{"HTTP/1.1 200 OK\r\n", "A: b\r\n"},
                        {"HTTP/1.1 200 OK\r\n", "A"},
                        {"", "HTTP/1.1 100 Go on\r\n\r\n"},
                        {"", "HTTP/1.1 103 Hints\r\nA: b\r\n\r\n"},
                        {ok("\r\n"), "xxxxxxxxxxxxxxxxxxxxxxxxxxxx"},
                        {ok("Transfer-Encoding: chunked\r\n\r\n"), "3\r\nabc\r\n"},
                        {ok("Transfer-Encoding: chunked\r\n\r\n0\r\n"), "A: b\r\n"}}) {
    RawServer server(says_for_ever(row.first, row.more));
    WebClient client;
    WebRequest request = web_request(server.url("/"));
    request.bounds.head_bytes_max = 4000;
    request.bounds.body_bytes_max = 100'000;
    auto answer = ask(client, request);
    EXPECT_EQ(answer->word(), "too-large") << row.first << row.more << "\n" << answer->text();
    EXPECT_LE(answer->body().size(), 100'000u);
  }
}

TEST(WebBadAnswers, MayEndAtEveryByte) {
  const std::vector<std::string> wholes = {
      ok("Content-Length: 12\r\nA: b\r\n\r\nhello, world"),
      ok("Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n7;x=y\r\n, world\r\n0\r\n\r\n"),
      "HTTP/1.1 100 Go\r\n\r\n" + ok("Content-Length: 1\r\n\r\nx")};
  WebClient client;
  for (const std::string& whole : wholes) {
    for (size_t at = 0; at <= whole.size(); ++at) {
      RawServer server(says(whole.substr(0, at)));
      // POST, so that libcurl has no reason to repeat it.
      auto answer = ask(client, web_request(server.url("/"), "POST"));
      // libcurl does not need the last line feed behind the last chunk.
      bool is_whole = at == whole.size() || (at + 1 == whole.size() && whole.ends_with("\r\n\r\n"));
      EXPECT_EQ(answer->word(), is_whole ? "200" : "cut-off") << whole.substr(0, at) << "\n"
                                                              << answer->text();
    }
  }
}

TEST(WebBadAnswers, WithoutALengthEndWithTheirConnection) {
  RawServer server(says(ok("\r\nhello")));
  WebClient client;
  auto answer = ask(client, web_request(server.url("/")));
  EXPECT_EQ(answer->word(), "200");
  EXPECT_EQ(answer->body(), "hello");
  EXPECT_TRUE(answer->head().ends_with_connection);
}

TEST(WebBadAnswers, ThatAreResetAreCutOff) {
  RawServer server([](RawPeer& peer) {
    peer.read_request();
    peer.send(ok("\r\nhello"));
    peer.reset();
  });
  WebClient client;
  EXPECT_EQ(ask(client, web_request(server.url("/"), "POST"))->word(), "cut-off");
}

TEST(WebBadAnswers, ThatAreCompressedStayAsTheyAre) {
  // 30 zero bytes; a bomb has more of the same.
  const std::string packed("\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03\x63\x60\xa0\x3d\x00\x00", 16);
  RawServer server(
      says(ok(fmt::format("Content-Encoding: gzip\r\nContent-Length: {}\r\n\r\n", packed.size())) +
           packed));
  WebClient client;
  WebRequest request = web_request(server.url("/"));
  request.headers = {{"Accept-Encoding", "gzip, br, zstd"}};
  auto answer = ask(client, request);
  EXPECT_EQ(answer->word(), "200");
  EXPECT_EQ(answer->body(), packed);
  EXPECT_EQ(answer->head().headers.find("Content-Encoding"), "gzip");
}

TEST(WebBadAnswers, MayHaveMoreThanTheyStateAndGiveNothingOfItToTheNext) {
  RawServer server([](RawPeer& peer) {
    while (!peer.read_request().empty())
      peer.send(ok("Content-Length: 5\r\n\r\nhello") + ok("Content-Length: 4\r\n\r\nevil"));
  });
  WebClient client;
  for (int round = 0; round < 3; ++round) {
    WebRequest request = web_request(server.url("/"), "POST");
    request.pool = "a";
    auto answer = ask(client, request);
    EXPECT_EQ(answer->word(), "200");
    EXPECT_EQ(answer->body(), "hello");
  }
}

TEST(WebBadAnswers, AreNotRepeatedUnlessTheMethodIsSafe) {
  for (const char* method : {"GET", "HEAD", "OPTIONS", "POST", "PUT", "DELETE", "get"}) {
    Guarded<std::vector<std::string>> seen;
    // Its second request on a connection is the last, without an answer.
    RawServer server([&](RawPeer& peer) {
      for (int number = 1; number <= 2; ++number) {
        std::string request = peer.read_request();
        if (request.empty()) return;
        seen.with([&](auto& it) { it.push_back(request.substr(0, request.find(' '))); });
        if (number == 1) peer.send(ok("Content-Length: 0\r\n\r\n"));
      }
    });
    WebClient client;
    WebRequest request = web_request(server.url("/"), method);
    request.pool = "a";
    EXPECT_EQ(ask(client, request)->word(), "200");
    auto answer = ask(client, request);
    bool is_safe = method == std::string("GET") || method == std::string("HEAD") ||
                   method == std::string("OPTIONS");
    EXPECT_EQ(answer->word(), is_safe ? "200" : "cut-off") << method;
    EXPECT_EQ(seen.with([](auto& it) { return it.size(); }), is_safe ? 3u : 2u) << method;
    if (!is_safe) {
      EXPECT_TRUE(answer->failure()->may_have_left);
    }
  }
}

TEST(WebBadAnswers, MayComeBeforeTheRequestHasEnded) {
  RawServer server([](RawPeer& peer) {
    peer.read_some();
    peer.send("HTTP/1.1 413 Large\r\nContent-Length: 5\r\nConnection: close\r\n\r\nlarge");
    peer.read_to_end();
  });
  WebClient client;
  WebRequest request = web_request(server.url("/"), "POST");
  request.body = std::make_shared<const Bytes>(Bytes(10 << 20, 'x'));
  auto answer = ask(client, request);
  EXPECT_EQ(answer->word(), "413");
  EXPECT_EQ(answer->body(), "large");
}

}  // namespace theater::web_bad_answers_test
