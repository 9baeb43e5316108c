// Against testing/odd_server.py, which does all that servers should not.
#include "theater/net/fetch.h"

#include "theater/base/guarded.h"
#include "theater/net/testing/odd_server.h"
#include "theater/net/web_client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

namespace theater::fetch_test {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

class FetchTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { server = std::make_unique<OddServer>(); }
  static void TearDownTestSuite() { server.reset(); }

  FetchTest() {
    options.allows_address = [](const Url&, const IpAddress& address) {
      return address.kind() == AddressKind::kLoopback;
    };
    options.authorities = server->authority();
  }

  static std::string http(std::string_view target) {
    return fmt::format("http://127.0.0.1:{}{}", server->port("http"), target);
  }
  static std::string https(std::string_view target) {
    return fmt::format("https://localhost:{}{}", server->port("https"), target);
  }

  std::string body(const std::string& text) {
    Result<Url> url = parse_url(text);
    EXPECT_TRUE(url) << url.error().to_string();
    WebClient client({.resolver = resolver});
    Result<Fetched> fetched = fetch(client, *url, options);
    if (fetched) return std::string(as_text(fetched->body));
    code = fetched.error().code();
    return "failed: " + fetched.error().to_string();
  }

  FetchOptions options;
  Resolver resolver = resolve_by_system;
  std::optional<ErrorCode> code;
  static inline std::unique_ptr<OddServer> server;
};

TEST_F(FetchTest, ReadsWhatIsThere) {
  for (bool tls : {false, true}) {
    EXPECT_EQ(body(tls ? https("/ok") : http("/ok")), "hello");
    EXPECT_EQ(body(tls ? https("/chunked") : http("/chunked")), "hello");
    EXPECT_EQ(body(tls ? https("/empty") : http("/empty")), "");
  }
}

TEST_F(FetchTest, ConnectsToNothingThatIsNotPublicUnlessItMay) {
  options.allows_address = nullptr;
  EXPECT_THAT(body(http("/ok")), HasSubstr("127.0.0.1, which is loopback"));
  EXPECT_EQ(code, ErrorCode::kPermissionDenied);
  EXPECT_THAT(body(https("/ok")), HasSubstr("which is loopback"));
  EXPECT_THAT(body(fmt::format("http://[::ffff:127.0.0.1]:{}/ok", server->port("http"))),
              HasSubstr("127.0.0.1, which is loopback"));
  EXPECT_THAT(body("http://169.254.169.254/latest/meta-data"), HasSubstr("which is link-local"));
  EXPECT_THAT(body("http://0.0.0.0/"), HasSubstr("which is unspecified"));
  EXPECT_THAT(body("http://[fd00::1]/"), HasSubstr("which is private"));
}

TEST_F(FetchTest, LooksAtEachHopOfARedirection) {
  EXPECT_EQ(body(http("/to?url=/ok")), "hello");
  EXPECT_EQ(body(http("/to?url=/to%3Furl%3D/ok")), "hello");
  EXPECT_EQ(body(http("/to?url=" + https("/ok"))), "hello");
  EXPECT_THAT(body(http("/to?url=http://10.0.0.1/")), HasSubstr("10.0.0.1, which is private"));
  EXPECT_EQ(code, ErrorCode::kPermissionDenied);
  EXPECT_THAT(body(https("/to?url=" + http("/ok"))), HasSubstr("anybody on the way"));
  EXPECT_EQ(code, ErrorCode::kPermissionDenied);
  EXPECT_THAT(body(http("/to?url=file:///etc/passwd")), HasSubstr("neither with https://"));
  EXPECT_THAT(body(http("/to?url=http://user@127.0.0.1/")), HasSubstr("credentials"));
  EXPECT_THAT(body(http("/loop")), HasSubstr("more than 5 redirections"));
  EXPECT_EQ(code, ErrorCode::kResourceExhausted);
  EXPECT_EQ(body(http("/nowhere")).substr(0, 7), "failed:");

  int asked = 0;
  options.check_url = [&](const Url& url) -> Result<void> {
    ++asked;
    if (url.scheme == Url::Scheme::kHttps) return fail(ErrorCode::kPermissionDenied, "not there");
    return {};
  };
  EXPECT_THAT(body(http("/to?url=" + https("/ok"))), HasSubstr("not there"));
  EXPECT_EQ(asked, 2);
}

TEST_F(FetchTest, ReadsNoMoreThanItMay) {
  options.size_max = 1000;
  EXPECT_EQ(body(http("/large?n=1000")).size(), 1000u);
  EXPECT_THAT(body(http("/large?n=1001")), HasSubstr("larger than 1000 bytes"));
  EXPECT_EQ(code, ErrorCode::kResourceExhausted);
  EXPECT_THAT(body(http("/endless")), HasSubstr("larger than 1000 bytes"));
  EXPECT_THAT(body(https("/endless")), HasSubstr("larger than 1000 bytes"));
  EXPECT_EQ(body(http("/long-head")).substr(0, 7), "failed:");
  EXPECT_EQ(code, ErrorCode::kCorrupt);
}

TEST_F(FetchTest, WaitsNoLongerThanItMay) {
  options.total_time = std::chrono::milliseconds(300);
  for (const std::string& url :
       {http("/silent"), https("/silent"), http("/drip"), https("/drip")}) {
    auto began = std::chrono::steady_clock::now();
    EXPECT_THAT(body(url), HasSubstr("took too long")) << url;
    EXPECT_EQ(code, ErrorCode::kUnavailable);
    EXPECT_GE(std::chrono::steady_clock::now() - began, std::chrono::milliseconds(290));
    EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::seconds(20));
  }
}

TEST_F(FetchTest, TakesNothingThatWasCutOff) {
  for (const char* target : {"/truncated", "/truncated-chunks"}) {
    EXPECT_THAT(body(http(target)), HasSubstr("was cut off"));
    EXPECT_EQ(code, ErrorCode::kCorrupt);
    EXPECT_THAT(body(https(target)), HasSubstr("was cut off"));
  }
  EXPECT_THAT(body(http("/no-length")), HasSubstr("does not say how long it is"));
}

TEST_F(FetchTest, TakesNothingThatIsNoAnswer) {
  EXPECT_THAT(body(http("/garbage")), HasSubstr("no valid HTTP"));
  EXPECT_THAT(body(http("/two-lengths")), HasSubstr("no valid HTTP"));
  EXPECT_THAT(body(http("/encoded")), HasSubstr("encoded as `gzip`"));
  EXPECT_THAT(body(http("/status?code=404")), HasSubstr("status 404"));
  EXPECT_EQ(code, ErrorCode::kNotFound);
  EXPECT_THAT(body(http("/status?code=500")), HasSubstr("status 500"));
  EXPECT_EQ(code, ErrorCode::kUnavailable);
  options.connect_time = std::chrono::milliseconds(300);
  // Speaks TLS with a server that does not, and the other way round.
  EXPECT_EQ(body(fmt::format("https://127.0.0.1:{}/ok", server->port("http"))).substr(0, 7),
            "failed:");
  EXPECT_EQ(body(fmt::format("http://127.0.0.1:{}/ok", server->port("https"))).substr(0, 7),
            "failed:");
}

TEST_F(FetchTest, TrustsOnlyCertificatesOfTheHost) {
  EXPECT_EQ(body(fmt::format("https://127.0.0.1:{}/ok", server->port("https"))), "hello");
  EXPECT_THAT(body(fmt::format("https://localhost:{}/ok", server->port("stranger"))),
              HasSubstr("the certificate of `localhost` is not valid"));
  EXPECT_EQ(code, ErrorCode::kInvalidArgument);
  options.authorities.clear();
  EXPECT_THAT(body(https("/ok")), HasSubstr("the certificate of `localhost` is not valid"));
  options.authorities = "/nowhere/ca.pem";
  EXPECT_THAT(body(https("/ok")), HasSubstr("certificates of authorities"));
}

TEST_F(FetchTest, LooksAtTheAddressesOfANameAndNotAtTheName) {
  resolver = [](const std::string& name) -> Result<std::vector<IpAddress>> {
    if (name == "inside.example") return std::vector<IpAddress>{*IpAddress::parse("127.0.0.1")};
    if (name == "nowhere.example") return std::vector<IpAddress>{};
    return fail(ErrorCode::kNotFound, "there is no host `{}`", name);
  };
  std::string inside = fmt::format("http://inside.example:{}/ok", server->port("http"));
  EXPECT_EQ(body(inside), "hello");
  options.allows_address = nullptr;
  EXPECT_THAT(body(inside), HasSubstr("has the address 127.0.0.1, which is loopback"));
  EXPECT_EQ(code, ErrorCode::kPermissionDenied);
  EXPECT_THAT(body("http://nowhere.example/"), HasSubstr("has no address"));
  EXPECT_EQ(code, ErrorCode::kNotFound);
  EXPECT_THAT(body("http://unknown.example/"), HasSubstr("there is no host `unknown.example`"));
  EXPECT_EQ(code, ErrorCode::kNotFound);
}

TEST_F(FetchTest, WaitsForALookupNoLongerThanForAConnection) {
  // Shared with the thread of the lookup, which the test outlives.
  auto never = std::make_shared<Guarded<bool>>(false);
  options.connect_time = std::chrono::milliseconds(50);
  resolver = [never](const std::string& name) -> Result<std::vector<IpAddress>> {
    never->wait([](bool open) { return open; }, [](bool) {});
    return fail(ErrorCode::kNotFound, "{}", name);
  };
  EXPECT_THAT(body("http://slow.example/"), HasSubstr("took too long"));
  EXPECT_EQ(code, ErrorCode::kUnavailable);
  never->with([](bool& open) { open = true; });
  never->notify_all();
}

TEST_F(FetchTest, CanBeCalledOff) {
  for (const std::string& url : {http("/silent"), https("/silent"), http("/drip")}) {
    std::stop_source stop;
    options.stop = stop.get_token();
    // Somewhere between the beginning and the answer, which never comes.
    Guarded<bool> begun(false);
    options.check_url = [&](const Url&) -> Result<void> {
      begun.with([](bool& it) { it = true; });
      begun.notify_all();
      return {};
    };
    std::jthread other([&] {
      begun.wait([](bool it) { return it; }, [](bool) {});
      stop.request_stop();
    });
    EXPECT_THAT(body(url), HasSubstr("not wanted any more")) << url;
    EXPECT_EQ(code, ErrorCode::kCancelled);
  }
}

TEST_F(FetchTest, SaysThatNobodyAnswers) {
  EXPECT_THAT(body("http://127.0.0.1:1/"), HasSubstr("connecting failed"));
  EXPECT_EQ(code, ErrorCode::kUnavailable);
}

}  // namespace theater::fetch_test
