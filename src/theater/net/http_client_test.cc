#include "theater/net/http_client.h"

#include "theater/net/listening_socket.h"
#include "theater/net/testing/raw_client.h"
#include "theater/net/testing/test_identity.h"
#include "theater/net/testing/test_server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <unistd.h>

#include <string>
#include <thread>

namespace theater::http_client_test {

using std::chrono::milliseconds;
using ::testing::HasSubstr;
using ::testing::StartsWith;

TEST(HttpClientTest, SendsNothingToAnotherUsersSocket) {
  TestServer server(echo());
  auto client =
      HttpClient::connect(HttpEndpoint::at_path(server.path()), {.trusted_users = {geteuid() + 1}});
  ASSERT_FALSE(client);
  EXPECT_EQ(client.error().code(), ErrorCode::kPermissionDenied);
  EXPECT_THAT(client.error().message(), HasSubstr("nothing was sent"));
  EXPECT_EQ(server.server->counts().requests, 0u);
}

TEST(HttpClientTest, SaysThatNothingListens) {
  TemporaryFolder folder;
  auto client = HttpClient::connect(HttpEndpoint::at_path(folder.path() / "none"));
  ASSERT_FALSE(client);
  EXPECT_EQ(client.error().code(), ErrorCode::kUnavailable);
  client = HttpClient::connect(HttpEndpoint::at_path(std::string(200, 'a')));
  ASSERT_FALSE(client);
  EXPECT_EQ(client.error().code(), ErrorCode::kInvalidArgument);
}

TEST(HttpClientTest, RefusesACallThatIsNone) {
  TestServer server(echo());
  auto client = must(HttpClient::connect(HttpEndpoint::tcp("127.0.0.1", server.port)));
  for (const HttpCall& call :
       {HttpCall{.method = "G T"}, HttpCall{.target = "/a b"}, HttpCall{.target = "a"},
        HttpCall{.target = "/\r\nA: b"}, HttpCall{.headers = {{"A", "b\r\nC: d"}}}}) {
    auto answer = client->send(call);
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code(), ErrorCode::kInvalidArgument);
  }
  EXPECT_EQ(must(client->send({})).status, 200);
}

TEST(HttpClientTest, AsksSeveralTimesOnOneConnection) {
  TestServer server(echo());
  for (const HttpEndpoint& endpoint :
       {HttpEndpoint::at_path(server.path()), HttpEndpoint::tcp("127.0.0.1", server.port)}) {
    auto client = must(HttpClient::connect(endpoint));
    Bytes body(900'000, 'x');
    EXPECT_EQ(must(client->send({"PUT", "/a", {}, body})).body.size(), body.size() + 7);
    EXPECT_EQ(must(client->send({.method = "HEAD"})).body.size(), 0u);
    EXPECT_EQ(as_text(must(client->send({.method = "POST", .target = "/b"})).body), "POST /b ");
    EXPECT_TRUE(client->is_open());
  }
  EXPECT_EQ(server.server->counts().connections, 2u);
}

TEST(HttpClientTest, ReadsAnAnswerThatComesBeforeItsBodyIsSent) {
  TestServer server(echo(), {.body_bytes_max = 10});
  auto client = must(HttpClient::connect(HttpEndpoint::at_path(server.path())));
  EXPECT_EQ(must(client->send({"PUT", "/", {}, Bytes(5'000'000)})).status, 413);
  EXPECT_FALSE(client->is_open());
  EXPECT_FALSE(client->send({}));
}

TEST(HttpClientTest, BoundsSizeAndTime) {
  Mailbox<HttpResponder> asked;
  TestServer server({.handle = [&](HttpRequest request, HttpResponder responder) {
    if (request.target == "/late") return asked.put(std::move(responder));
    responder.answer({200, {}, Bytes(1000)});
  }});
  HttpClientOptions options{.wait_time = milliseconds(20), .body_bytes_max = 999};
  auto client = must(HttpClient::connect(HttpEndpoint::at_path(server.path()), options));
  auto answer = client->send({});
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code(), ErrorCode::kResourceExhausted);
  client = must(HttpClient::connect(HttpEndpoint::at_path(server.path()), options));
  answer = client->send({.target = "/late"});
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code(), ErrorCode::kDeadlineExceeded);
}

// A server of one answer, whatever it is asked.
std::string error_for(const std::string& bytes) {
  ListeningSocket listening = must(ListeningSocket::tcp("127.0.0.1", 0));
  std::thread server([&] {
    pollfd waiting{listening.number(), POLLIN, 0};
    poll(&waiting, 1, 20'000);
    Descriptor socket(accept4(listening.number(), nullptr, nullptr, SOCK_CLOEXEC));
    std::array<char, 4096> request{};
    (void)recv(socket.number(), request.data(), request.size(), 0);
    (void)send(socket.number(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
  });
  auto client = must(HttpClient::connect(HttpEndpoint::tcp("127.0.0.1", listening.port())));
  auto answer = client->send({});
  server.join();
  if (answer) return std::string(as_text(answer->body));
  return std::string(error_code_name(answer.error().code())) + ": " + answer.error().message();
}

TEST(HttpClientTest, ReadsAnswersAsTheyAreFramed) {
  const std::string head = "HTTP/1.1 200 OK\r\n";
  EXPECT_EQ(error_for(head + "\r\nuntil the end"), "until the end");
  EXPECT_EQ(error_for("HTTP/1.1 100 Continue\r\n\r\n" + head + "Content-Length: 2\r\n\r\nhi"),
            "hi");
  EXPECT_THAT(error_for(head + "Content-Length: 3\r\n\r\nhi"), StartsWith("unavailable"));
  EXPECT_THAT(error_for(head + "Transfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n"),
              StartsWith("unavailable"));
  EXPECT_THAT(error_for(head + "Transfer-Encoding: chunked\r\n\r\nx\r\n"), StartsWith("corrupt"));
  EXPECT_THAT(error_for("SSH-2.0\r\n\r\n"), StartsWith("corrupt"));
  EXPECT_THAT(error_for(""), StartsWith("unavailable"));
}

class TlsTest : public ::testing::Test {
 protected:
  TlsIdentity identity = make_test_identity();
  std::unique_ptr<TlsContext> tls = must(TlsContext::for_server(identity));
};

TEST_F(TlsTest, SaysWhichPartOfAnIdentityIsWrong) {
  auto refused = [](const TlsIdentity& wrong) {
    auto made = TlsContext::for_server(wrong);
    return made ? std::string() : made.error().message();
  };
  EXPECT_THAT(refused({to_bytes("x"), identity.private_key}), HasSubstr("certificate chain"));
  EXPECT_THAT(refused({identity.certificate_chain, to_bytes("x")}), HasSubstr("private key"));
  EXPECT_THAT(refused({identity.certificate_chain, make_test_identity().private_key}),
              HasSubstr("private key"));
  EXPECT_FALSE(TlsContext::for_client(as_bytes("x")));
}

TEST_F(TlsTest, TellsWhatWasAgreed) {
  Mailbox<HttpRequest> asked;
  TestServer server({.handle =
                         [&](HttpRequest request, HttpResponder responder) {
                           asked.put(request);
                           responder.answer(HttpAnswer::text(200, std::string(500'000, 'x')));
                         }},
                    {}, tls.get());
  auto client = must(HttpClient::connect(HttpEndpoint::tls("localhost", server.port),
                                         {.authorities = identity.certificate_chain}));
  for (int at = 0; at < 2; ++at) {
    EXPECT_EQ(must(client->send({"PUT", "/", {}, Bytes(500'000)})).body.size(), 500'000u);
    HttpRequest request = asked.take();
    ASSERT_TRUE(request.tls);
    EXPECT_EQ(request.tls->protocol, "TLSv1.3");
    EXPECT_EQ(request.tls->server_name, "localhost");
    EXPECT_NE(request.tls->cipher, "");
  }
}

TEST_F(TlsTest, RefusesAStrangersCertificate) {
  TestServer server(echo(), {}, tls.get());
  auto client = HttpClient::connect(HttpEndpoint::tls("localhost", server.port),
                                    {.authorities = make_test_identity().certificate_chain});
  ASSERT_FALSE(client);
  EXPECT_EQ(client.error().code(), ErrorCode::kInvalidArgument);
  client = HttpClient::connect(HttpEndpoint::tls("127.0.0.1", server.port),
                               {.authorities = identity.certificate_chain});
  EXPECT_TRUE(client);
}

TEST_F(TlsTest, EndsClientsThatSpeakNoTls) {
  TestServer server(echo(), {.head_time = milliseconds(1000)}, tls.get());
  RawClient(server.port).send("GET / HTTP/1.1\r\nHost: a\r\n\r\n").read_all();
  RawClient(server.port)
      .send(std::string("\x16\x03\x01\xff\xff", 5) + std::string(300, 'x'))
      .read_all();
  RawClient(server.port).read_all();  // Says nothing at all.
  EXPECT_EQ(server.server->counts().requests, 0u);
  auto client = HttpClient::connect(HttpEndpoint::tls("localhost", server.port),
                                    {.authorities = identity.certificate_chain});
  ASSERT_TRUE(client);
  EXPECT_EQ(must((*client)->send({})).status, 200);
}

}  // namespace theater::http_client_test
