// Servers that end without a thread that waits for them, and clients that go before their answers.
#include "theater/net/http_client.h"
#include "theater/net/testing/raw_client.h"
#include "theater/net/testing/test_identity.h"
#include "theater/net/testing/test_server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <string>

namespace theater::http_retire_test {

using std::chrono::milliseconds;
using ::testing::HasSubstr;

constexpr const char* kGet = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

// A server that keeps its requests.
struct Keeping {
  explicit Keeping(EndOfInput end_of_input = EndOfInput::kIsNothing)
      : server(HttpServer::create(loop,
                                  {.handle =
                                       [this](HttpRequest request, HttpResponder responder) {
                                         requests.put(std::move(request));
                                         responders.put(std::move(responder));
                                       }},
                                  {.end_of_input = end_of_input})),
        port(must(server->listen_tcp("127.0.0.1", 0))) {}

  Mailbox<HttpRequest> requests;
  Mailbox<HttpResponder> responders;
  IoLoop loop{"test"};
  std::unique_ptr<HttpServer> server;
  uint16_t port = 0;
};

void wait_for(const std::atomic<bool>& flag, IoLoop& loop) {
  while (!flag.load())
    loop.run([] {});
}

TEST(HttpRetire, AnswersWhatHasComeAndThenEnds) {
  Mailbox<int> gone;  // The loop of `keeping` may still be in its put() when take() returns.
  Keeping keeping;
  RawClient client(keeping.port);
  client.send(kGet);
  HttpResponder responder = keeping.responders.take();
  HttpServer::retire(std::move(keeping.server), milliseconds(20'000),
                     {.gone = [&] { gone.put(1); }});
  responder.answer(HttpAnswer::text(200, "late"));
  EXPECT_THAT(client.read_all(), HasSubstr("late"));
  EXPECT_EQ(gone.take(), 1);
}

TEST(HttpRetire, DropsWhatIsLeftAfterTheLimit) {
  Mailbox<int> gone;
  Keeping keeping;
  RawClient client(keeping.port);
  client.send(kGet);
  HttpResponder responder = keeping.responders.take();
  HttpServer::retire(std::move(keeping.server), milliseconds(1), {.gone = [&] { gone.put(1); }});
  EXPECT_EQ(client.read_all(), "");
  EXPECT_EQ(gone.take(), 1);
  EXPECT_TRUE(keeping.requests.take().client_has_gone->load());
  responder.answer(HttpAnswer::text(200, "to no client"));
}

TEST(HttpRetire, EndsAtOnceWithoutConnections) {
  Mailbox<int> gone;
  Keeping keeping;
  HttpServer::retire(std::move(keeping.server), milliseconds(20'000),
                     {.gone = [&] { gone.put(1); }});
  EXPECT_EQ(gone.take(), 1);
}

TEST(HttpRetire, FreesThePort) {
  Mailbox<int> gone;
  Keeping keeping;
  uint16_t port = keeping.port;
  auto put = [&] { gone.put(1); };
  HttpServer::retire(std::move(keeping.server), milliseconds(0),
                     {.has_stopped_listening = put, .gone = put});
  gone.take();
  auto again = HttpServer::create(keeping.loop, echo());
  EXPECT_EQ(must(again->listen_tcp("127.0.0.1", port)), port);
  gone.take();
}

TEST(ClientHasGone, IsTrueWhenTheConnectionBreaks) {
  Keeping keeping;
  auto client = std::make_unique<RawClient>(keeping.port);
  client->send(kGet);
  HttpRequest request = keeping.requests.take();
  EXPECT_FALSE(request.client_has_gone->load());
  // A close with a reset.
  linger hard{1, 0};
  setsockopt(client->number(), SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
  client.reset();
  wait_for(*request.client_has_gone, keeping.loop);
}

TEST(ClientHasGone, IsTrueAtTheEndOfInputOnlyWhereThatIsAbsence) {
  Keeping strict(EndOfInput::kIsAbsence);
  RawClient client(strict.port);
  client.send(kGet).end_output();
  HttpRequest request = strict.requests.take();
  wait_for(*request.client_has_gone, strict.loop);
  strict.responders.take().answer(HttpAnswer::text(200, "nevertheless"));
  EXPECT_THAT(client.read_all(), HasSubstr("nevertheless"));

  Keeping patient;
  RawClient half(patient.port);
  half.send(kGet).end_output();
  HttpRequest waiting = patient.requests.take();
  patient.responders.take().answer(HttpAnswer::text(200, "hello"));
  EXPECT_THAT(half.read_all(), HasSubstr("hello"));
  EXPECT_FALSE(waiting.client_has_gone->load());
}

TEST(TlsSource, GivesEachConnectionTheKeysOfItsTime) {
  IoLoop loop("test");
  TlsIdentity first = make_test_identity();
  TlsIdentity second = make_test_identity();
  using Current = std::shared_ptr<TlsContext>;
  Guarded<Current> current{Current(must(TlsContext::for_server(first)))};
  auto server = HttpServer::create(loop, echo());
  uint16_t port = must(server->listen_tls("127.0.0.1", 0, [&] {
    return current.with([](const Current& context) { return context; });
  }));
  auto connect = [&](const TlsIdentity& trusted) {
    return HttpClient::connect(HttpEndpoint::tls("localhost", port),
                               {.authorities = trusted.certificate_chain});
  };
  auto client = must(connect(first));
  EXPECT_FALSE(connect(second));
  current.with([&](Current& context) { context = must(TlsContext::for_server(second)); });
  EXPECT_TRUE(connect(second));
  EXPECT_FALSE(connect(first));
  // A connection keeps the keys with which it began.
  EXPECT_EQ(must(client->send({})).status, 200);
  current.with([](Current& context) { context = nullptr; });
  EXPECT_FALSE(connect(second));
}

}  // namespace theater::http_retire_test
