#include "theater/handlers/process/network_rules.h"

#include "theater/manifest/grant.h"

#include <gtest/gtest.h>

#include <string>

namespace theater::network_rules_test {

NetworkRules rules_of(const std::string& grant, HostList private_hosts = {}) {
  ProcessPermissions granted = *parse_grant(grant, "/")->process;
  return NetworkRules(granted.hosts, granted.methods, std::move(private_hosts));
}

Url url(const std::string& text) {
  return *parse_url(text);
}

TEST(NetworkRules, AllowTheHostsAndMethodsOfTheGrant) {
  NetworkRules rules =
      rules_of("process:network;hosts=*.a.org:443,b.org,[2001:db8::1];methods=GET");
  EXPECT_EQ(rules.refuses("GET", url("http://x.a.org:443/")), std::nullopt);
  EXPECT_EQ(rules.refuses("GET", url("http://b.org:8080/")), std::nullopt);
  EXPECT_EQ(rules.refuses("GET", url("http://[2001:db8::1]/")), std::nullopt);
  EXPECT_EQ(rules.refuses("GET", url("http://x.a.org/")),
            "process:network;hosts=x.a.org:80;methods=GET");
  EXPECT_EQ(rules.refuses("GET", url("http://a.org:443/")),
            "process:network;hosts=a.org:443;methods=GET");
  EXPECT_EQ(rules.refuses("POST", url("http://b.org/")),
            "process:network;hosts=b.org:80;methods=POST");
  // A tunnel could carry any method.
  EXPECT_EQ(rules.refuses("CONNECT", url("http://b.org:443/")),
            "process:network;hosts=b.org:443;methods=CONNECT");
}

TEST(NetworkRules, AllowAllThatIsNotBounded) {
  NetworkRules rules = rules_of("process:network");
  EXPECT_EQ(rules.refuses("CONNECT", url("http://b.org:443/")), std::nullopt);
  EXPECT_EQ(rules.refuses("DELETE", url("http://127.0.0.1/")), std::nullopt);
  EXPECT_NE(rules_of("process").refuses("GET", url("http://b.org/")), std::nullopt);
}

TEST(NetworkRules, AllowPrivateAddressesToTheOperatorsHostsAlone) {
  NetworkRules rules = rules_of("process:network", HostList({{"build.lan", 8080}}));
  EXPECT_TRUE(rules.allows_private(url("http://build.lan:8080/")));
  EXPECT_FALSE(rules.allows_private(url("http://build.lan/")));
  EXPECT_FALSE(rules.allows_private(url("http://127.0.0.1:8080/")));
}

}  // namespace theater::network_rules_test
