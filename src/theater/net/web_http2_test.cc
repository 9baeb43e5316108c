// HTTP/2, against nghttpd.
#include "theater/net/testing/http2_server.h"
#include "theater/net/testing/odd_server.h"
#include "theater/net/testing/web_answers.h"
#include "theater/net/web_client.h"

#include <gtest/gtest.h>

#include <fstream>

namespace theater::web_http2_test {

constexpr size_t kLarge = 20 << 20;

class WebHttp2 : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    certificates = std::make_unique<OddServer>();
    folder = std::make_unique<TemporaryFolder>();
    std::ofstream(folder->path() / "small") << "hello";
    std::ofstream(folder->path() / "large") << std::string(kLarge, 'x');
    server = Http2Server::start(*certificates, folder->path());
  }
  static void TearDownTestSuite() {
    server.reset();
    folder.reset();
    certificates.reset();
  }
  void SetUp() override {
    if (server == nullptr) GTEST_SKIP() << "nghttpd is missing; install nghttp2-server";
  }
  static WebRequest request(const std::string& target, std::string method = "GET") {
    WebRequest made = web_request(server->url(target), std::move(method));
    made.authorities = certificates->authority();
    made.pool = "a";
    return made;
  }
  std::shared_ptr<WebAnswer> ask(WebRequest wanted) {
    auto answer = std::make_shared<WebAnswer>();
    client.start(std::move(wanted), answer);
    return answer;
  }

  static inline std::unique_ptr<OddServer> certificates;
  static inline std::unique_ptr<TemporaryFolder> folder;
  static inline std::unique_ptr<Http2Server> server;
  WebClient client;
};

TEST_F(WebHttp2, GetsAndPosts) {
  auto small = ask(request("/small"));
  EXPECT_EQ(small->word(), "200") << small->text();
  EXPECT_EQ(small->body(), "hello");
  EXPECT_TRUE(small->head().headers.find("server")->starts_with("nghttpd"));
  for (const HttpHeader& header : small->head().headers)
    EXPECT_TRUE(std::none_of(header.name.begin(), header.name.end(), ::isupper)) << header.name;
  EXPECT_EQ(ask(request("/small", "HEAD"))->body(), "");
  EXPECT_EQ(ask(request("/none"))->word(), "404");
  for (size_t size : {size_t{0}, size_t{1}, size_t{3 << 20}}) {
    WebRequest post = request("/echo", "POST");
    std::string text(size, 'y');
    post.body = std::make_shared<const Bytes>(to_bytes(text));
    post.headers = {{"Content-Type", "text/plain"}, {"X-Empty", ""}};
    auto answer = ask(post);
    EXPECT_EQ(answer->word(), "200") << answer->text();
    EXPECT_EQ(answer->body(), text);
    EXPECT_FALSE(answer->head().ends_with_connection);
  }
}

TEST_F(WebHttp2, PausesOneAnswerWhileOthersContinue) {
  std::vector<std::shared_ptr<WebAnswer>> paused;
  std::vector<WebClient::Id> ids;
  for (int at = 0; at < 3; ++at) {
    paused.push_back(std::make_shared<WebAnswer>(100'000));
    ids.push_back(client.start(request("/large"), paused.back()));
  }
  for (const auto& answer : paused)
    answer->wait_for_pause();
  EXPECT_EQ(ask(request("/large"))->body().size(), kLarge);
  for (size_t at = 0; at < paused.size(); ++at) {
    EXPECT_FALSE(paused[at]->is_over());
    paused[at]->take_all();
    client.resume(ids[at]);
    EXPECT_EQ(paused[at]->word(), "200") << paused[at]->text();
    EXPECT_EQ(paused[at]->body().size(), kLarge);
  }
}

TEST_F(WebHttp2, HasTheSameBounds) {
  WebRequest large = request("/large");
  large.bounds.body_bytes_max = kLarge - 1;
  EXPECT_EQ(ask(large)->word(), "too-large");
  WebRequest head = request("/small");
  head.bounds.head_bytes_max = 10;
  EXPECT_EQ(ask(head)->word(), "too-large");
  WebRequest denied = request("/small");
  EXPECT_EQ(ask(denied)->word(), "200");
  denied.allows_address = nullptr;
  EXPECT_EQ(ask(denied)->word(), "denied");
}

}  // namespace theater::web_http2_test
