#include "theater/net/http_server.h"
#include "theater/net/testing/raw_client.h"
#include "theater/net/testing/test_server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <iterator>
#include <optional>
#include <thread>

namespace theater::http_close_test {

using std::chrono::milliseconds;
using ::testing::EndsWith;
using ::testing::HasSubstr;

const std::string kGet = "GET /a HTTP/1.1\r\nHost: a\r\n\r\n";
constexpr milliseconds kLong{600'000};

size_t count_entries(const char* folder) {
  return static_cast<size_t>(std::distance(std::filesystem::directory_iterator(folder), {}));
}

class HttpCloseTest : public ::testing::Test {
 protected:
  HttpHandlers asking() {
    return {.handle = [this](HttpRequest, HttpResponder responder) {
      asked.put(std::move(responder));
    }};
  }
  Mailbox<HttpResponder> asked;
};

TEST_F(HttpCloseTest, LetsAnswersFinish) {
  TestServer server(asking());
  RawClient idle(server.port);
  RawClient waiting(server.port);
  waiting.send(kGet);
  HttpResponder responder = asked.take();
  std::thread closing([&] { server.server->close(kLong); });
  EXPECT_EQ(idle.read_all(), "");
  responder.answer(HttpAnswer::text(200, "finished"));
  std::string answer = waiting.read_all();
  EXPECT_THAT(answer, HasSubstr("Connection: close\r\n"));
  EXPECT_THAT(answer, EndsWith("finished"));
  closing.join();
  EXPECT_EQ(server.server->counts().open_connections, 0u);
  EXPECT_FALSE(std::filesystem::exists(server.path()));
}

TEST_F(HttpCloseTest, DropsWhatIsLeftAfterItsTime) {
  TestServer server(asking());
  RawClient waiting(server.port);
  waiting.send(kGet);
  HttpResponder responder = asked.take();
  server.server->close(milliseconds(1));
  EXPECT_EQ(waiting.read_all(), "");
  server.server.reset();
  // An answer to nobody is no fault.
  responder.answer(HttpAnswer::text(200, "late"));
}

TEST_F(HttpCloseTest, KeepsConnectionsWhenItStopsAccepting) {
  TestServer server(echo());
  RawClient before(server.port);
  before.send(kGet).read_until("GET /a ");
  server.server->stop_accepting();
  EXPECT_THAT(before.send(kGet).read_until("GET /a "), HasSubstr("200 OK"));
  Descriptor socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(server.port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  EXPECT_NE(connect(socket.number(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
}

TEST_F(HttpCloseTest, LeavesNoThreadAndNoDescriptor) {
  auto live = [] {
    TestServer server(echo());
    RawClient client(server.path());
    client.send(kGet).read_until("GET /a ");
    RawClient half(server.port);
    half.send("GET / HT");
    server.wait_for([](const HttpServerCounts& counts) { return counts.open_connections == 2; });
  };
  live();
  size_t descriptors = count_entries("/proc/self/fd");
  size_t threads = count_entries("/proc/self/task");
  for (int at = 0; at < 3; ++at)
    live();
  EXPECT_EQ(count_entries("/proc/self/fd"), descriptors);
  EXPECT_EQ(count_entries("/proc/self/task"), threads);
}

TEST_F(HttpCloseTest, ClosesWhileOtherThreadsAnswer) {
  for (int round = 0; round < 20; ++round) {
    TestServer server(asking());
    std::vector<RawClient> clients;
    for (int at = 0; at < 8; ++at)
      clients.emplace_back(server.path()).send(kGet + kGet);
    std::vector<std::thread> answering;
    for (int at = 0; at < 4; ++at) {
      answering.emplace_back([&] {
        for (int count = 0; count < 4; ++count) {
          HttpResponder responder = asked.take();
          if (count % 2 == 0) {
            responder.answer(HttpAnswer::text(200, "x"));
          } else {
            BodyWriter writer = responder.stream({});
            writer.write(as_bytes("y"));
            writer.finish();
          }
        }
      });
    }
    server.wait_for([](const HttpServerCounts& counts) { return counts.requests == 16; });
    server.server->close(milliseconds(round % 2));
    for (std::thread& thread : answering)
      thread.join();
  }
}

}  // namespace theater::http_close_test
