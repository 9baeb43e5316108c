#include "theater/api/http/forwarding.h"

#include "theater/base/testing/must.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace theater::api::forwarding_test {

class Forwarding : public ::testing::Test {
 protected:
  Forwarding() {
    for (const char* text : {"127.0.0.1", "10.0.0.0/8", "2001:db8::/32"})
      proxies.push_back(must(AddressRange::parse(text)));
  }

  HttpRequest request(const std::string& peer, HttpHeaders headers) {
    HttpRequest made;
    made.headers = std::move(headers);
    made.peer.address = peer;
    return made;
  }
  std::string client(const std::string& peer, HttpHeaders headers) {
    return client_address(request(peer, std::move(headers)), proxies);
  }
  std::string scheme(const std::string& peer, HttpHeaders headers) {
    return std::string(client_scheme(request(peer, std::move(headers)), proxies).value_or("none"));
  }

  std::vector<AddressRange> proxies;
};

TEST_F(Forwarding, KnowsTheSignsOfProxies) {
  for (const char* name : {"Forwarded", "X-Forwarded-For", "x-forwarded-proto", "X-FORWARDED-HOST",
                           "X-Forwarded", "X-Real-IP", "via"})
    EXPECT_TRUE(is_forwarded(request("", {{"Host", "a"}, {name, ""}}))) << name;
  for (const char* name : {"Host", "X-Forward", "Viable", "X-Request-Id"})
    EXPECT_FALSE(is_forwarded(request("", {{name, "x-forwarded-for"}}))) << name;
  HttpRequest old = request("", {});
  old.version_minor = 0;
  EXPECT_TRUE(is_forwarded(old));
}

TEST_F(Forwarding, BelievesNobodyButTrustedProxies) {
  EXPECT_EQ(client("192.0.2.1", {{"X-Forwarded-For", "198.51.100.7"}}), "192.0.2.1");
  EXPECT_EQ(client("127.0.0.2", {{"X-Forwarded-For", "198.51.100.7"}}), "127.0.0.2");
  EXPECT_EQ(client("127.0.0.1", {{"X-Forwarded-For", "198.51.100.7"}}), "198.51.100.7");
  // A process behind a socket has no address.
  EXPECT_EQ(client("", {{"X-Forwarded-For", "198.51.100.7"}}), "");
  proxies.clear();
  EXPECT_EQ(client("127.0.0.1", {{"X-Forwarded-For", "198.51.100.7"}}), "127.0.0.1");
}

TEST_F(Forwarding, TakesTheLastAddressThatIsNoProxys) {
  // The client wrote the first address itself.
  EXPECT_EQ(client("127.0.0.1", {{"X-Forwarded-For", "203.0.113.9, 198.51.100.7"}}),
            "198.51.100.7");
  EXPECT_EQ(client("127.0.0.1", {{"X-Forwarded-For", "203.0.113.9,198.51.100.7 , 10.1.2.3"}}),
            "198.51.100.7");
  EXPECT_EQ(client("2001:db8::1", {{"X-Forwarded-For", "203.0.113.9"},
                                   {"x-forwarded-for", "198.51.100.7, 10.0.0.1"}}),
            "198.51.100.7");
  EXPECT_EQ(client("127.0.0.1", {{"X-Forwarded-For", "10.0.0.2, 10.0.0.1"}}), "10.0.0.2");
  EXPECT_EQ(client("127.0.0.1", {}), "127.0.0.1");
}

TEST_F(Forwarding, EndsTheSearchAtWhatIsNoAddress) {
  EXPECT_EQ(client("127.0.0.1", {{"X-Forwarded-For", "198.51.100.7, unknown"}}), "127.0.0.1");
  EXPECT_EQ(client("127.0.0.1", {{"X-Forwarded-For", "198.51.100.7, unix:, 10.0.0.1"}}),
            "10.0.0.1");
  EXPECT_EQ(client("127.0.0.1", {{"X-Forwarded-For", "198.51.100.7,"}}), "127.0.0.1");
  EXPECT_EQ(client("127.0.0.1", {{"X-Forwarded-For", ""}}), "127.0.0.1");
}

TEST_F(Forwarding, KnowsTheSchemeByTlsAndTrustedProxies) {
  EXPECT_EQ(scheme("127.0.0.1", {{"X-Forwarded-Proto", "https"}}), "https");
  EXPECT_EQ(scheme("127.0.0.1", {{"X-Forwarded-Proto", "HTTP"}}), "http");
  EXPECT_EQ(scheme("127.0.0.1", {{"X-Forwarded-Proto", "gopher"}}), "none");
  EXPECT_EQ(scheme("127.0.0.1", {{"X-Forwarded-Proto", "https, http"}}), "none");
  EXPECT_EQ(scheme("127.0.0.1", {}), "none");
  EXPECT_EQ(scheme("192.0.2.1", {{"X-Forwarded-Proto", "https"}}), "none");
  HttpRequest direct = request("192.0.2.1", {{"X-Forwarded-Proto", "http"}});
  direct.tls.emplace();
  EXPECT_EQ(client_scheme(direct, proxies), "https");
}

}  // namespace theater::api::forwarding_test
