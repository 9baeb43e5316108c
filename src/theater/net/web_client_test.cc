#include "theater/net/web_client.h"

#include "theater/net/testing/raw_server.h"
#include "theater/net/testing/web_answers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fcntl.h>

#include <charconv>
#include <filesystem>
#include <thread>
#include <vector>

namespace theater::web_client_test {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

std::shared_ptr<WebAnswer> ask(WebClient& client, WebRequest request) {
  auto answer = std::make_shared<WebAnswer>();
  client.start(std::move(request), answer);
  return answer;
}

TEST(WebClient, GetsWhatIsThere) {
  RawServer server([](RawPeer& peer) {
    peer.read_request();
    peer.send("HTTP/1.1 207 Many\r\nX-One: 1\r\nx-one:  2 \r\nContent-Length: 5\r\n\r\nhello");
  });
  WebClient client;
  auto answer = ask(client, web_request(server.url("/a?b")));
  EXPECT_EQ(answer->word(), "207");
  EXPECT_EQ(answer->body(), "hello");
  EXPECT_EQ(answer->head().headers,
            (HttpHeaders{{"X-One", "1"}, {"x-one", "2"}, {"Content-Length", "5"}}));
  EXPECT_FALSE(answer->head().ends_with_connection);
}

TEST(WebClient, HasNoBodyWhereThereIsNone) {
  RawServer server([](RawPeer& peer) {
    for (std::string request; !(request = peer.read_request()).empty();) {
      if (request.starts_with("HEAD")) peer.send("HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n");
      if (request.starts_with("GET /204")) peer.send("HTTP/1.1 204 None\r\n\r\n");
      if (request.starts_with("GET /304"))
        peer.send("HTTP/1.1 304 Same\r\nContent-Length: 500\r\n\r\n");
    }
  });
  WebClient client;
  auto get = [&](std::string_view target) {
    WebRequest request = web_request(server.url(target));
    request.pool = "a";
    return request;
  };
  WebRequest head = get("/");
  head.method = "HEAD";
  head.bounds.body_bytes_max = 100;
  auto answer = ask(client, head);
  EXPECT_EQ(answer->word(), "200");
  EXPECT_EQ(answer->body(), "");
  EXPECT_EQ(answer->head().headers.find("Content-Length"), "500");
  head.body = std::make_shared<const Bytes>(to_bytes("data"));
  EXPECT_EQ(ask(client, head)->word(), "invalid");
  EXPECT_EQ(ask(client, get("/204"))->word(), "204");
  EXPECT_EQ(ask(client, get("/304"))->word(), "304");
  EXPECT_EQ(server.connections(), 1u) << "the connection is used again each time";
}

TEST(WebClient, FinishEndsWhatIsUnderWayAndDropsWhatComesLater) {
  RawServer server([](RawPeer& peer) {
    peer.read_request();
    peer.read_request();  // Until the client has gone.
  });
  WebClient client;
  auto answer = ask(client, web_request(server.url("/")));
  client.finish();
  EXPECT_EQ(answer->word(), "cancelled");
  std::weak_ptr<WebAnswer> late = ask(client, web_request(server.url("/")));
  EXPECT_TRUE(late.expired());
  client.cancel(WebClient::Id{1});
  client.finish();
}

TEST(WebClient, PausesAndContinues) {
  static constexpr size_t kSize = 4 << 20;
  RawServer server([](RawPeer& peer) {
    peer.read_request();
    peer.send(fmt::format("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", kSize));
    peer.send(std::string(kSize, 'x'));
  });
  WebClient client;
  auto answer = std::make_shared<WebAnswer>(100'000);
  auto id = client.start(web_request(server.url("/")), answer);
  answer->wait_for_pause();
  answer->take_all();
  client.resume(id);
  EXPECT_EQ(answer->word(), "200");
  EXPECT_EQ(answer->body(), std::string(kSize, 'x'));
}

// Sockets of this process that are connected to the port.
std::vector<int> sockets_to(uint16_t port) {
  std::vector<int> found;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
    std::string name = entry.path().filename();
    int number = -1;
    std::from_chars(name.data(), name.data() + name.size(), number);
    sockaddr_in peer{};
    socklen_t size = sizeof peer;
    bool is_connected = getpeername(number, reinterpret_cast<sockaddr*>(&peer), &size) == 0;
    if (is_connected && peer.sin_family == AF_INET && ntohs(peer.sin_port) == port)
      found.push_back(number);
  }
  return found;
}

TEST(WebClient, LeavesNoConnectionToAProgramThatIsStarted) {
  RawServer server([](RawPeer& peer) {
    peer.read_request();
    peer.send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhe");
    peer.read_to_end();
  });
  WebClient client;
  auto answer = std::make_shared<WebAnswer>();
  auto id = client.start(web_request(server.url("/")), answer);
  answer->wait_for_body(2);
  std::vector<int> sockets = sockets_to(server.port());
  ASSERT_EQ(sockets.size(), 1u);
  EXPECT_NE(fcntl(sockets.front(), F_GETFD) & FD_CLOEXEC, 0);
  client.cancel(id);
  EXPECT_EQ(answer->word(), "cancelled");
}

TEST(WebClient, CanBeCalledOff) {
  RawServer server([](RawPeer& peer) { peer.read_to_end(); });
  WebClient client;
  auto answer = std::make_shared<WebAnswer>();
  auto id = client.start(web_request(server.url("/")), answer);
  client.cancel(id);
  EXPECT_EQ(answer->word(), "cancelled");
}

TEST(WebClient, EndsWhatIsUnderWayWithItself) {
  RawServer server([](RawPeer& peer) { peer.read_to_end(); });
  auto answer = std::make_shared<WebAnswer>();
  {
    WebClient client;
    client.start(web_request(server.url("/")), answer);
  }
  EXPECT_TRUE(answer->is_over());
  EXPECT_EQ(answer->word(), "cancelled");
}

TEST(WebClient, ConnectsToNothingThatIsNotPublicUnlessItMay) {
  RawServer server([](RawPeer& peer) { peer.read_to_end(); });
  WebClient client;
  WebRequest request = web_request(server.url("/"));
  request.allows_address = nullptr;
  auto answer = ask(client, request);
  EXPECT_EQ(answer->word(), "denied");
  EXPECT_THAT(answer->text(), HasSubstr("127.0.0.1, which is loopback"));
  EXPECT_FALSE(answer->failure()->may_have_left);
  EXPECT_EQ(server.connections(), 0u);
}

}  // namespace theater::web_client_test
