#include "theater/manifest/tls_key_pair.h"

#include "theater/manifest/policy.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace theater::tls_key_pair_test {

using ::testing::HasSubstr;

std::string complaint_of(const std::string& text) {
  auto policy = Policy::parse(text, "policy.toml", "/etc/theater");
  return policy ? std::string() : policy.error().message();
}

TEST(TlsKeyPairs, AreReadFromAPolicy) {
  auto policy = Policy::parse(
      "[[tls]]\nname = \"shop\"\ncertificate = \"shop.pem\"\nkey = \"/keys/shop.pem\"\n",
      "policy.toml", "/etc/theater");
  ASSERT_TRUE(policy);
  EXPECT_EQ(policy->tls_key_pairs(),
            (std::vector<TlsKeyPair>{{"shop", "/etc/theater/shop.pem", "/keys/shop.pem"}}));
}

TEST(TlsKeyPairs, AreCompleteAndHaveNamesOfTheirOwn) {
  EXPECT_THAT(complaint_of("[[tls]]\nname = \"a\"\nkey = \"k\"\n"), HasSubstr("certificate"));
  EXPECT_THAT(complaint_of("[[tls]]\ncertificate = \"c\"\nkey = \"k\"\n"), HasSubstr("name"));
  EXPECT_THAT(complaint_of("[[tls]]\nname = \"../a\"\ncertificate = \"c\"\nkey = \"k\"\n"),
              HasSubstr("no dot at its start"));
  std::string pair = "[[tls]]\nname = \"a\"\ncertificate = \"c\"\nkey = \"k\"\n";
  EXPECT_THAT(complaint_of(pair + pair), HasSubstr("two key pairs"));
  EXPECT_THAT(complaint_of(pair + "password = \"x\"\n"), HasSubstr("password"));
}

TEST(TlsKeyPairs, KeepTheirKeysOutOfReach) {
  std::string pair = "[[tls]]\nname = \"a\"\ncertificate = \"/data/c\"\nkey = \"/data/k\"\n";
  EXPECT_THAT(complaint_of(pair + "[grant.filesystem]\nread = true\npaths = [\"/data\"]\n"),
              HasSubstr("actors could read the file /data/k"));
  auto policy = Policy::parse(pair, "policy.toml", "/");
  ASSERT_TRUE(policy);
  auto granted = policy->add_grant("filesystem:read;paths=/data", "/");
  ASSERT_FALSE(granted);
  EXPECT_THAT(granted.error().to_string(), HasSubstr("/data/k"));
}

}  // namespace theater::tls_key_pair_test
