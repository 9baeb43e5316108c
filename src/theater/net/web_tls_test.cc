// Against testing/odd_server.py, whose certificates are good and bad ones.
#include "theater/net/testing/odd_server.h"
#include "theater/net/testing/raw_server.h"
#include "theater/net/testing/web_answers.h"
#include "theater/net/web_client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

namespace theater::web_tls_test {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

class WebTls : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { server = std::make_unique<OddServer>(); }
  static void TearDownTestSuite() { server.reset(); }

  static WebRequest request(const std::string& port, std::string_view target = "/ok") {
    WebRequest made =
        web_request(fmt::format("https://localhost:{}{}", server->port(port), target));
    made.authorities = server->authority();
    made.pool = "a";
    return made;
  }
  std::shared_ptr<WebAnswer> ask(WebRequest wanted) {
    auto answer = std::make_shared<WebAnswer>();
    client.start(std::move(wanted), answer);
    return answer;
  }

  static inline std::unique_ptr<OddServer> server;
  WebClient client;
};

TEST_F(WebTls, TrustsGoodCertificatesOnly) {
  struct Row {
    const char* port;
    const char* word;
    const char* text;
  };
  for (const Row& row : std::initializer_list<Row>{
           {"https", "200", ""},
           {"stranger", "tls", "the certificate of `localhost` is not valid"},
           {"expired", "tls", "the certificate of `localhost` is not valid"},
           {"early", "tls", "the certificate of `localhost` is not valid"},
           {"selfmade", "tls", "the certificate of `localhost` is not valid"},
           {"unknown", "tls", "the certificate of `localhost` is not valid"},
           {"old", "tls", "the TLS handshake failed"}}) {
    auto answer = ask(request(row.port));
    EXPECT_EQ(answer->word(), row.word) << row.port << ": " << answer->text();
    EXPECT_THAT(answer->text(), HasSubstr(row.text)) << row.port;
    EXPECT_FALSE(answer->failure() && answer->failure()->may_have_left) << row.port;
  }
}

TEST_F(WebTls, TrustsWhatTheRequestNamesAndNoOtherRequest) {
  WebRequest system = request("https");
  system.authorities.clear();
  WebRequest mine = request("https");
  WebRequest other = request("https");
  other.authorities = server->file("other.pem");
  // The connections of one are there when the others ask, in the same pool.
  for (int round = 0; round < 2; ++round) {
    EXPECT_EQ(ask(mine)->word(), "200");
    EXPECT_EQ(ask(system)->word(), "tls");
    EXPECT_EQ(ask(other)->word(), "tls");
  }
  WebRequest unknown = request("unknown");
  unknown.authorities = server->file("other.pem");
  EXPECT_EQ(ask(unknown)->word(), "200");
}

TEST_F(WebTls, ReadsAuthoritiesAgainWhenTheyChange) {
  TemporaryFolder folder;
  fs::path file = folder.path() / "authorities.pem";
  WebRequest wanted = request("https");
  wanted.authorities = file;
  auto missing = ask(wanted);
  EXPECT_EQ(missing->word(), "tls");
  EXPECT_THAT(missing->text(), HasSubstr("certificates of authorities"));
  std::ofstream(file) << "no certificate\n";
  EXPECT_THAT(ask(wanted)->text(), HasSubstr("cannot be read as PEM"));
  fs::copy_file(server->file("other.pem"), file, fs::copy_options::overwrite_existing);
  EXPECT_EQ(ask(wanted)->word(), "tls");
  std::ofstream both(file, std::ios::app);
  both << std::ifstream(server->authority()).rdbuf();
  both.close();
  auto changed = ask(wanted);
  EXPECT_EQ(changed->word(), "200") << changed->text();
}

TEST_F(WebTls, ExpectsItOfAServer) {
  RawServer plain([](RawPeer& peer) {
    peer.read_some();
    peer.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    peer.read_to_end();
  });
  auto answer = ask(web_request(fmt::format("https://127.0.0.1:{}/", plain.port())));
  EXPECT_EQ(answer->word(), "tls");
  EXPECT_THAT(answer->text(), HasSubstr("the TLS handshake failed"));
}

TEST_F(WebTls, ContinuesSessionsWithinAPoolOnly) {
  EXPECT_EQ(ask(request("https", "/session"))->body(), "new");
  // The server closes each connection, so that the next needs another handshake.
  EXPECT_EQ(ask(request("https", "/session"))->body(), "resumed");
  WebRequest other = request("https", "/session");
  other.pool = "b";
  EXPECT_EQ(ask(other)->body(), "new");
  WebRequest alone = request("https", "/session");
  alone.pool.clear();
  EXPECT_EQ(ask(alone)->body(), "new");
  EXPECT_EQ(ask(alone)->body(), "new");
}

TEST_F(WebTls, WaitsForAHandshakeNoLongerThanForAConnection) {
  WebRequest wanted = request("silent");
  wanted.bounds.connect_time = std::chrono::milliseconds(100);
  auto answer = ask(wanted);
  EXPECT_EQ(answer->word(), "timeout");
  EXPECT_THAT(answer->text(), HasSubstr("connecting took too long"));
}

TEST_F(WebTls, DoesNotTakeAnEndWithoutItsSign) {
  for (const char* target : {"/truncated", "/truncated-chunks"}) {
    auto answer = ask(request("https", target));
    EXPECT_EQ(answer->word(), "cut-off") << target;
    EXPECT_TRUE(answer->failure()->may_have_left);
  }
}

}  // namespace theater::web_tls_test
